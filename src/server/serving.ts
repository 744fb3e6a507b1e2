import type { ActiveCall, EngineHandler } from '../core/active-call.js'
import type { Call } from '../core/call.js'
import { streamsOut } from '../core/call.js'
import type { CallCount } from '../core/call-count.js'
import { settling } from '../core/engine-handler.js'
import { flowing } from '../core/flow.js'
import { nextStep, wrongStep } from '../core/next-step.js'
import type { ObservedCall } from '../core/observed-call.js'
import type { Observers } from '../core/observers.js'
import { attempted, type Handler } from '../core/policy.js'
import type { RpcError } from '../core/rpc-error.js'
import type { MethodSchema } from '../schema/service.js'
import { errorsForPeer, type Report } from './errors-for-peer.js'

/**
 * The outermost handler of a route. It settles as soon as the call is cancelled, finishes the call when the reply is complete, and rejects
 * only with errors that a peer may see. A call that was cancelled before it began never reaches the handler.
 */
export function serving(method: MethodSchema, handler: Handler, context: ServingContext): EngineHandler {
  const { report, observer, calls } = context
  const forPeer = errorsForPeer(method, report)
  return settling((call, resolve, reject) => {
    const observed = observer === undefined ? undefined : observe(observer, call)
    calls.began(call.began ?? call.clock.now())
    if (call.canceled !== undefined) {
      calls.ended(true)
      call.finish()
      call.settled()
      observed?.end(call.canceled)
      reject(call.canceled)
      return
    }
    call.onCancel(reject)
    const failed = (error: unknown) => {
      calls.ended(true)
      call.finish()
      call.settled()
      const shown = forPeer(error, call)
      observed?.end(shown)
      reject(shown)
    }
    const serve = () => attempted(handler, call)
    flowing(call, observed?.hasContext ? () => observed.run(serve) : serve).then(reply => {
      try {
        if (isAsyncIterable(reply) && streamsOut(call.method)) {
          resolve(new ServedStream(reply, call, { forPeer, report, calls }))
          return
        }
      } catch (error) {
        // It has no iterator to give.
        failed(error)
        return
      }
      calls.ended(false)
      call.finish()
      call.settled()
      observed?.end(undefined)
      resolve(reply)
    }, failed)
  })
}

/** What the handlers of a server share. */
interface ServingContext {
  readonly report: Report
  readonly observer: Observers | undefined
  readonly calls: CallCount
}

function observe(observer: Observers, call: ActiveCall): ObservedCall | undefined {
  const protocol = call.peer?.protocol ?? 'unknown'
  call.observed = observer.at('server', protocol).begin(call)
  return call.observed
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

/** A stream of replies. Each step runs in the flow of its call; cancelling the call ends a waiting step. */
class ServedStream implements AsyncIterableIterator<unknown> {
  private readonly source: AsyncIterator<unknown>
  private ended = false
  private resolveStep: ((result: IteratorResult<unknown>) => void) | undefined
  private rejectStep: ((reason: RpcError) => void) | undefined

  constructor(
    replies: AsyncIterable<unknown>,
    private readonly call: ActiveCall,
    private readonly errors: Pick<ServingContext, 'report' | 'calls'> & {
      readonly forPeer: (error: unknown, call: Call) => RpcError
    },
  ) {
    this.source = replies[Symbol.asyncIterator]()
    call.onCancel(reason => {
      this.rejectStep?.(reason)
      void this.return()
    })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.ended)
      return this.call.canceled === undefined
        ? Promise.resolve({ done: true, value: undefined })
        : Promise.reject(this.call.canceled)
    const step = new Promise<IteratorResult<unknown>>(this.begin)
    flowing(this.call, this.pull).then(this.took, this.failed)
    return step
  }

  /** Runs the handler's `finally` as soon as possible. */
  async return(): Promise<IteratorResult<unknown>> {
    if (!this.ended) {
      this.end(this.call.canceled)
      try {
        await flowing(this.call, () => this.source.return?.() ?? Promise.resolve())
      } catch (error) {
        this.errors.report(error, this.call)
      }
      this.call.settled()
    }
    return { done: true, value: undefined }
  }

  private readonly begin = (
    resolve: (result: IteratorResult<unknown>) => void,
    reject: (reason: RpcError) => void,
  ): void => {
    this.resolveStep = resolve
    this.rejectStep = reject
  }

  private readonly pull = (): Promise<IteratorResult<unknown>> => nextStep(this.source)

  private readonly took = (result: IteratorResult<unknown>): void => {
    const wrong = wrongStep(result)
    if (wrong !== undefined) {
      this.failed(wrong)
      return
    }
    if (result.done) this.complete(undefined)
    this.resolveStep?.(result)
  }

  private readonly failed = (error: unknown): void => {
    const shown = this.errors.forPeer(error, this.call)
    this.complete(shown)
    this.rejectStep?.(shown)
  }

  private end(error: RpcError | undefined): void {
    if (!this.ended) this.errors.calls.ended(error !== undefined)
    this.ended = true
    this.call.finish()
    this.call.observed?.end(error)
  }

  /** A step ended the stream, so that no further one is under way. */
  private complete(error: RpcError | undefined): void {
    // `return` settles the call itself, when the handler has stopped.
    const isFirst = !this.ended
    this.end(error)
    if (isFirst) this.call.settled()
  }
}
