import type { CallObserver } from '../../src/core/call-observer.js'
import { codeName } from '../../src/core/code.js'

/** What an observer was told, as lines of text. */
export class Recording {
  readonly lines: string[] = []
  private waiting: (() => void)[] = []

  constructor(private readonly name = '') {}

  private tell(line: string): void {
    this.lines.push(this.name + line)
    for (const wake of this.waiting.splice(0)) wake()
  }

  /** Resolves when a line begins like that. */
  async has(start: string, count = 1): Promise<string> {
    for (;;) {
      const found = this.lines.filter(line => line.startsWith(this.name + start))
      if (found.length >= count) return found[count - 1] as string
      await new Promise<void>(resolve => this.waiting.push(resolve))
    }
  }

  readonly observer: CallObserver = {
    callBegan: (call, side) => {
      const { path } = call.method
      const bytes = { sent: 0, received: 0 }
      this.tell(`${side} began ${path}`)
      return {
        attemptBegan: ({ number, cause, endpoint, balancer, candidates, inFlight }) => {
          this.tell(`${side} attempt ${number} ${cause} by ${balancer} of ${candidates} (${inFlight} in flight)`)
          void endpoint
          return {
            ended: error =>
              this.tell(
                `${side} attempt ${number} ended ${error === undefined ? 'ok' : (error.reason ?? codeName(error.code))}`,
              ),
          }
        },
        decided: ({ policy, action, why }) => this.tell(`${side} ${policy} decided ${action}: ${why}`),
        message: (direction, size) => {
          bytes[direction] += size
        },
        ended: ({ error, shedBy, duration }) => {
          const how = error === undefined ? 'ok' : `${codeName(error.code)} ${error.reason ?? '-'}`
          const shed = shedBy === undefined ? '' : ` shed by ${shedBy}`
          const timed = duration >= 0 ? '' : ' in negative time'
          this.tell(`${side} ended ${path} ${how}${shed}${timed} sent ${bytes.sent} received ${bytes.received}`)
        },
      }
    },
    callRefused: ({ path, peer, error }) => this.tell(`refused ${path} over ${peer.protocol}: ${error.reason}`),
    breakerChanged: ({ method, state }) => this.tell(`breaker of ${method.name} ${state}`),
  }
}
