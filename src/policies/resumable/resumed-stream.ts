import type { ActiveCall, EngineHandler } from '../../core/active-call.js'
import { AttemptCall } from '../../core/attempt-call.js'
import { sleep } from '../../core/clock.js'
import { Code } from '../../core/code.js'
import { engineHandler } from '../../core/engine-handler.js'
import { peerReason } from '../../core/error-detail.js'
import { eventIdHeader } from '../../core/event-id.js'
import type { Handler } from '../../core/policy.js'
import { RpcError } from '../../core/rpc-error.js'
import { type BackoffSettings, backoff } from '../attempts/backoff.js'
import { pushbackOf, type RetryThrottle } from '../attempts/retry-throttle.js'

interface ResumptionSettings extends BackoffSettings {
  readonly idOf: (reply: unknown) => string | undefined
  readonly throttle: RetryThrottle
}

/** An attempt whose replies have begun. */
interface Begun {
  readonly attempt: ActiveCall
  readonly replies: AsyncIterable<unknown>
}

/** Ids of the latest replies that are kept, to drop those that come again. */
const mostIds = 1000

/** The replies of one call, over as many attempts as its connections need. */
export class ResumedStream {
  private lastId: string | undefined = undefined
  /** In the order in which they came. */
  private readonly latest = new Set<string>()
  /** Whether replies may come again: from a resumption to the first new one. */
  private isRepeating = false
  private failures = 0

  private constructor(
    private readonly call: ActiveCall,
    private readonly settings: ResumptionSettings,
    private readonly next: EngineHandler,
  ) {}

  static handler(settings: ResumptionSettings, next: Handler): Handler {
    return engineHandler(async call => {
      const stream = new ResumedStream(call, settings, next)
      return stream.run(await stream.begin())
    })
  }

  /** The first attempt. One that breaks between its headers and its first reply is resumed, too: the stream may be quiet for long. */
  private async begin(): Promise<Begun> {
    const attempt = this.attempt()
    try {
      return await this.send(attempt)
    } catch (thrown) {
      attempt.finish()
      if (this.call.replyHeadersIfAny === undefined) throw thrown
      return this.resume(thrown)
    }
  }

  private async *run(begun: Begun): AsyncGenerator<unknown> {
    for (;;) {
      const { attempt, replies } = begun
      let failure: unknown
      try {
        for await (const reply of replies) if (this.isNew(reply)) yield reply
        return
      } catch (thrown) {
        failure = thrown
      } finally {
        attempt.finish()
      }
      begun = await this.resume(failure)
    }
  }

  private isNew(reply: unknown): boolean {
    this.failures = 0
    const id = this.settings.idOf(reply)
    if (id === undefined) return true
    if (this.isRepeating && this.latest.has(id)) return false
    this.isRepeating = false
    this.lastId = id
    this.latest.add(id)
    if (this.latest.size > mostIds) this.latest.delete(this.latest.values().next().value as string)
    return true
  }

  /** Tries until the stream goes on. @throws the failure after which it cannot */
  private async resume(thrown: unknown): Promise<Begun> {
    let failure = RpcError.from(thrown)
    for (;;) {
      const attempt = this.attempt()
      try {
        await this.wait(attempt, failure)
        this.isRepeating = true
        return await this.send(attempt)
      } catch (again) {
        attempt.finish()
        // The wait was in vain.
        if (again === failure) throw again
        failure = RpcError.from(again)
      }
    }
  }

  private attempt(): ActiveCall {
    const attempt = new AttemptCall(this.call, this.call.deadline)
    if (this.lastId !== undefined) {
      attempt.separateHeaders()
      attempt.headers.set(eventIdHeader, this.lastId)
    }
    return attempt
  }

  private async send(attempt: ActiveCall): Promise<Begun> {
    return { attempt, replies: (await this.next(attempt)) as AsyncIterable<unknown> }
  }

  /** @throws the failure if the stream cannot be resumed after it */
  private async wait(attempt: ActiveCall, failure: RpcError): Promise<void> {
    const { call, settings } = this
    const { throttle } = settings
    if (call.canceled !== undefined || !isLostConnection(failure)) throw failure
    throttle.failed(call.endpoint, failure)
    const pushback = pushbackOf(failure)
    if (pushback === 'never') throw failure
    let delay = pushback
    // Many streams break at once with their server. Those that the budget does not cover wait on, where a retry would give up.
    do {
      delay ??= backoff(settings, ++this.failures)
      if (call.clock.now() + delay >= call.deadline) throw failure
      const why = pushback === undefined ? 'backoff' : 'pushback'
      call.observed?.decided({ policy: 'resumable', action: 'retry', why, delay, error: failure })
      await sleep(call.clock, delay, listener => attempt.onCancel(listener))
      delay = undefined
    } while (!throttle.allow())
  }
}

/** Whether no handler raised it: this side did, or a server that shuts down. */
function isLostConnection(error: RpcError): boolean {
  const { code, reason, delivery } = error
  if (code !== Code.unavailable) return false
  return reason !== undefined || delivery !== 'unknown' || peerReason(error) !== undefined
}
