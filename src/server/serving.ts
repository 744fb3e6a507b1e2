import { type ActiveCall, type EngineHandler } from '../core/active-call.js'
import type { Call } from '../core/call.js'
import { streamsOut } from '../core/call.js'
import { flowing } from '../core/flow.js'
import { nextStep, wrongStep } from '../core/next-step.js'
import { attempted, type Handler } from '../core/policy.js'
import type { RpcError } from '../core/rpc-error.js'
import type { MethodSchema } from '../schema/service.js'
import { errorsForPeer, type Report } from './errors-for-peer.js'

/**
 * The outermost handler of a route. It settles as soon as the call is cancelled, finishes the call when the reply is complete, and rejects
 * only with errors that a peer may see. A call that was cancelled before it began never reaches the handler.
 */
export function serving(method: MethodSchema, handler: Handler, report: Report): EngineHandler {
  const forPeer = errorsForPeer(method, report)
  return call =>
    new Promise((resolve, reject) => {
      if (call.canceled !== undefined) {
        call.finish()
        call.settled()
        reject(call.canceled)
        return
      }
      call.onCancel(reject)
      flowing(call, () => attempted(handler, call)).then(
        reply => {
          try {
            if (isAsyncIterable(reply) && streamsOut(call.method)) {
              resolve(new ServedStream(reply, call, { forPeer, report }))
              return
            }
          } catch (error) {
            // It has no iterator to give.
            call.finish()
            call.settled()
            reject(forPeer(error, call))
            return
          }
          call.finish()
          call.settled()
          resolve(reply)
        },
        (error: unknown) => {
          call.finish()
          call.settled()
          reject(forPeer(error, call))
        },
      )
    })
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
    private readonly errors: { readonly forPeer: (error: unknown, call: Call) => RpcError; readonly report: Report },
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
      this.end()
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
    if (result.done) this.complete()
    this.resolveStep?.(result)
  }

  private readonly failed = (error: unknown): void => {
    this.complete()
    this.rejectStep?.(this.errors.forPeer(error, this.call))
  }

  private end(): void {
    this.ended = true
    this.call.finish()
  }

  /** A step ended the stream, so that no further one is under way. */
  private complete(): void {
    // `return` settles the call itself, when the handler has stopped.
    const isFirst = !this.ended
    this.end()
    if (isFirst) this.call.settled()
  }
}
