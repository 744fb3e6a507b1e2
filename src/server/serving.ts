import type { ActiveCall, EngineHandler } from '../core/active-call.js'
import type { Call } from '../core/call.js'
import { streamsOut } from '../core/call.js'
import type { CallCount } from '../core/call-count.js'
import type { Cancelable } from '../core/cancelable.js'
import { settling } from '../core/engine-handler.js'
import { flowing, isFlowing } from '../core/flow.js'
import { nextStep, wrongStep } from '../core/next-step.js'
import type { ObservedMethod, Observers } from '../core/observers.js'
import { type Outcome, passOn } from '../core/outcome.js'
import { attempted, type Handler } from '../core/policy.js'
import type { RpcError } from '../core/rpc-error.js'
import type { MethodSchema } from '../schema/service.js'
import { errorsForPeer, type Report } from './errors-for-peer.js'

/**
 * The outermost handler of a route. It settles as soon as the call is cancelled, finishes the call when the reply is complete, and rejects
 * only with errors that a peer may see. A call that was cancelled before it began never reaches the handler.
 */
export function serving(method: MethodSchema, handler: Handler, context: ServingContext): EngineHandler {
  const route = { ...context, method, handler, observed: [], forPeer: errorsForPeer(method, context.report) }
  return settling((call, outcome) => new Serving(route, call, outcome).run())
}

/** What begins the observation of a call, by the protocol that carries it. */
function observing({ method, observer, observed }: ServingRoute, { peer }: ActiveCall): ObservedMethod {
  const protocol = peer?.protocol ?? 'unknown'
  for (const one of observed) if (one.protocol === protocol) return one
  const made = (observer as Observers).of(method, 'server', protocol)
  observed.push(made)
  return made
}

/** What the handlers of a server share. */
interface ServingContext {
  readonly report: Report
  readonly observer: Observers | undefined
  readonly calls: CallCount
}

/** What the calls of a route share. */
interface ServingRoute extends ServingContext {
  readonly method: MethodSchema
  /** Its calls as the observers see them, one for each protocol. */
  readonly observed: ObservedMethod[]
  readonly handler: Handler
  readonly forPeer: (error: unknown, call: Call) => RpcError
}

/**
 * A call at its route. It is the outcome of the handler.
 *
 * Invariant: if the call was cancelled before its handler ended, the outcome of the call was told then.
 */
class Serving implements Cancelable, Outcome {
  constructor(
    private readonly route: ServingRoute,
    private readonly call: ActiveCall,
    private readonly outcome: Outcome,
  ) {}

  run(): void {
    const { route, call } = this
    if (route.observer !== undefined) call.observed = observing(route, call).begin(call)
    route.calls.began(call.began ?? call.clock.now())
    if (call.canceled !== undefined) {
      this.ended(true)
      call.observed?.end(call.canceled)
      this.outcome.reject(call.canceled)
      return
    }
    call.onCancel(this)
    passOn(this.handle(), this)
  }

  cancel(reason: RpcError): void {
    this.outcome.reject(reason)
  }

  /** The handler has replied. */
  fulfil(reply: unknown): void {
    const { route, call } = this
    const isTold = call.canceled !== undefined
    let shown = reply
    if (isAsyncIterable(reply) && streamsOut(call.method)) {
      try {
        shown = new ServedStream(reply, call, route)
      } catch (error) {
        // It has no iterator to give.
        this.reject(error)
        return
      }
    } else {
      this.ended(false)
      call.observed?.end(undefined)
    }
    if (!isTold) this.outcome.fulfil(shown)
  }

  /** The handler has failed. */
  reject(error: unknown): void {
    const { route, call } = this
    const isTold = call.canceled !== undefined
    this.ended(true)
    const shown = route.forPeer(error, call)
    call.observed?.end(shown)
    if (!isTold) this.outcome.reject(shown)
  }

  /** A method of its own, so that what waits for the reply does not hold these closures. */
  private handle(): Promise<unknown> {
    const { route, call } = this
    const { observed } = call
    if (!isFlowing() && observed?.hasContext !== true) return attempted(route.handler, call)
    const serve = () => attempted(route.handler, call)
    return flowing(call, observed?.hasContext ? () => observed.run(serve) : serve)
  }

  private ended(hasFailed: boolean): void {
    const { route, call } = this
    route.calls.ended(hasFailed)
    call.finish()
    call.settled()
  }
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
    private readonly route: Pick<ServingRoute, 'report' | 'calls' | 'forPeer'>,
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
        this.route.report(error, this.call)
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
    const shown = this.route.forPeer(error, this.call)
    this.complete(shown)
    this.rejectStep?.(shown)
  }

  private end(error: RpcError | undefined): void {
    if (!this.ended) this.route.calls.ended(error !== undefined)
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
