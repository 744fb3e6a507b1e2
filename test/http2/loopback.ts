import { Duplex } from 'node:stream'

/** Two ends of one in-memory connection; what one writes the other reads, on a later turn, with back-pressure. */
export function duplexPair(): [Duplex, Duplex] {
  const a = new End()
  const b = new End()
  a.other = b
  b.other = a
  return [a, b]
}

class End extends Duplex {
  other: End | undefined
  private wakeWriter: (() => void) | undefined

  constructor() {
    super({ allowHalfOpen: true })
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    setImmediate(() => {
      if (this.other === undefined || this.other.destroyed || this.other.push(chunk)) done()
      else this.other.wakeWriter = done
    })
  }

  override _read(): void {
    const wake = this.wakeWriter
    this.wakeWriter = undefined
    wake?.()
  }

  override _final(done: () => void): void {
    setImmediate(() => {
      this.other?.push(null)
      done()
    })
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.wakeWriter?.()
    setImmediate(() => {
      if (this.other !== undefined && !this.other.destroyed) this.other.push(null)
    })
    done(error)
  }
}
