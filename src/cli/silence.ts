import { otherWire, type Where } from './other-wire.js'
import type { OutOfReach } from './out-of-reach.js'

/**
 * Watches a call whose server says nothing. A server of another wire may wait for bytes that never come, and would be waited for until the
 * deadline; so after three seconds it is asked what it speaks. A call that is only slow goes on.
 */
export class Silence {
  /** Why the call was ended; undefined: it was not. */
  found: OutOfReach | undefined
  private readonly controller = new AbortController()
  private readonly timer: NodeJS.Timeout

  /** @param lasts whether nothing has been received */
  constructor(where: Where, lasts: () => boolean) {
    this.timer = setTimeout(() => void this.ask(where, lasts), 3000)
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
    const found = await otherWire(new Error('silence'), where)
    if (found === undefined || !lasts()) return
    this.found = found
    this.controller.abort(found)
  }
}
