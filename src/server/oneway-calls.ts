import type { ActiveCall, EngineHandler } from '../core/active-call.js'
import { draining } from '../protocols/failures.js'

/**
 * The calls of one-way methods. Over HTTP they are answered before they have ended, so no connection waits for them: a server that closes
 * does.
 */
export class OnewayCalls {
  private readonly running = new Set<ActiveCall>()
  private whenEnded: (() => void) | undefined

  /** @returns the handler, whose calls are counted until they have ended */
  counted(handler: EngineHandler): EngineHandler {
    return call => {
      this.running.add(call)
      const reply = handler(call)
      const ended = () => {
        this.running.delete(call)
        if (this.running.size === 0) this.whenEnded?.()
      }
      reply.then(ended, ended)
      return reply
    }
  }

  /** Resolves when no call runs. */
  ended(): Promise<void> {
    if (this.running.size === 0) return Promise.resolve()
    return new Promise(resolve => {
      this.whenEnded = resolve
    })
  }

  cancel(): void {
    for (const call of this.running) call.cancel(draining(call.method.path))
  }
}
