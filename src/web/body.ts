import { messageTooLarge } from '../core/limits.js'

/** Parses the JSON of an error or of an end of stream. @returns undefined if it is not JSON */
export function jsonIn(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown
  } catch {
    return undefined
  }
}

/** The body of a response, read as far as someone asks. */
export class Body {
  private chunks: Uint8Array[] = []
  private size = 0
  private readonly reader: ReadableStreamDefaultReader<Uint8Array> | undefined

  constructor({ body }: Response) {
    this.reader = body?.getReader()
  }

  /** The next bytes, which belong to the caller. @returns undefined if the body ends before; then `all` has the rest */
  async take(count: number): Promise<Uint8Array | undefined> {
    while (this.size < count) if (!(await this.more())) return undefined
    const whole = this.joined()
    this.chunks = [whole.subarray(count)]
    this.size -= count
    return whole.subarray(0, count)
  }

  /** What has not been taken. @throws RpcError `resource_exhausted` (`message_too_large`) for more bytes than `limit` */
  async all(limit: number): Promise<Uint8Array> {
    while (await this.more()) {
      if (this.size <= limit) continue
      this.cancel()
      throw messageTooLarge(limit)
    }
    return this.joined()
  }

  /** Ends the body. Its server is told. */
  cancel(): void {
    this.reader?.cancel().catch(() => {})
  }

  private async more(): Promise<boolean> {
    const { done = true, value } = (await this.reader?.read()) ?? {}
    if (value === undefined) return !done
    this.chunks.push(value)
    this.size += value.length
    return true
  }

  private joined(): Uint8Array {
    if (this.chunks.length === 1) return this.chunks[0] as Uint8Array
    const whole = new Uint8Array(this.size)
    let at = 0
    for (const chunk of this.chunks) {
      whole.set(chunk, at)
      at += chunk.length
    }
    return whole
  }
}
