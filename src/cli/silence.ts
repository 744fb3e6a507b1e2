import { otherWire, type Where } from './other-wire.js'
import type { OutOfReach } from './out-of-reach.js'

/**
 * Watches a call whose server says nothing. A server of another wire may wait for bytes that never come, and would be waited for until the
 * deadline; so after five seconds it is asked what it speaks. A call that is only slow goes on. gRPC and Avro need no such watch: their
 * connections begin with an answer of the server.
 */
export class Silence {
  /** Why the call was ended; undefined: it was not. */
  found: OutOfReach | undefined
  private readonly controller = new AbortController()
  private readonly timer: NodeJS.Timeout | undefined

  /** @param lasts whether nothing has been received */
  constructor(where: Where, lasts: () => boolean) {
    const isWatched = !where.isSecure && (where.wire === 'thrift' || where.wire === 'http')
    this.timer = isWatched ? setTimeout(() => void this.ask(where, lasts), 5000) : undefined
  }

  /** Ends the call if the server speaks another wire. */
  get signal(): AbortSignal {
    return this.controller.signal
  }

  end(): void {
    clearTimeout(this.timer)
  }

  private async ask(where: Where, lasts: () => boolean): Promise<void> {
    if (!lasts()) return
    const found = await otherWire(new Error('silence'), { ...where, isWaiting: true })
    if (found === undefined || !lasts()) return
    this.found = found
    this.controller.abort(found)
  }
}
