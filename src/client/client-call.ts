import { ActiveCall, type CallInit, type EngineHandler } from '../core/active-call.js'
import { type Call, deadlineExceeded } from '../core/call.js'
import { Code } from '../core/code.js'
import { type Duration, toMilliseconds } from '../core/duration.js'
import { servedCall } from '../core/flow.js'
import { Headers, type HeadersInit } from '../core/headers.js'
import { attempted } from '../core/policy.js'
import { type Delivery, failure, type RpcError } from '../core/rpc-error.js'
import { offAbort, onAbort } from '../core/shared-abort.js'
import { uncaught } from '../core/uncaught.js'
import type { BoundMethod } from './bound-method.js'

/** Options of `withCall`: how its calls differ from those of the client itself. */
export interface CallOptions {
  /**
   * Replaces the method's total timeout. The deadline of the call being served still applies if it is earlier. Default: as the method
   * declares.
   */
  readonly timeout?: Duration
  /** Cancels the call when it aborts. Default: none. */
  readonly signal?: AbortSignal
  /** Request headers. Default: none. */
  readonly headers?: HeadersInit
  /** Whether the call waits while no endpoint can be reached, until its deadline. Default: as `@WaitForReady` declares. */
  readonly waitForReady?: boolean
  /** Receives the call once, when its reply is complete or has failed: for reply headers, trailers and the endpoint. Default: none. */
  readonly onEnd?: (call: Call) => void
}

/** Call options, checked once. */
export interface PreparedOptions {
  readonly timeout: number | undefined
  readonly signal: AbortSignal | undefined
  readonly headers: HeadersInit | undefined
  readonly waitForReady: boolean | undefined
  readonly onEnd: ((call: Call) => void) | undefined
}

/** @throws RpcError if the timeout is not a duration (`invalid_duration`) or a header cannot be sent (`invalid_header`) */
export function prepareOptions(options: CallOptions): PreparedOptions {
  return {
    timeout: options.timeout === undefined ? undefined : toMilliseconds(options.timeout, 'withCall timeout'),
    signal: options.signal,
    headers: options.headers === undefined ? undefined : new Headers(options.headers),
    waitForReady: options.waitForReady,
    onEnd: options.onEnd,
  }
}

/** A caller's call. It is cancelled with the call being served, if there is one, and by the caller's signal. */
export class ClientCall extends ActiveCall {
  private readonly parent: Call | undefined
  private readonly forward: ((reason: RpcError) => void) | undefined
  private readonly abort: (() => void) | undefined
  /** Receives the reason if the call is cancelled, after all listeners. */
  guard: ((reason: RpcError) => void) | undefined = undefined

  constructor(
    init: CallInit,
    parent: Call | undefined,
    private readonly options: PreparedOptions | undefined,
  ) {
    super(init)
    this.parent = parent
    if (parent !== undefined) {
      this.forward = reason => this.cancel(reason)
      parent.onCancel(this.forward)
    }
    const signal = options?.signal
    if (signal !== undefined) {
      this.abort = () => this.cancel(canceledBy(signal, this))
      if (signal.aborted) this.cancel(canceledBy(signal, this, 'unsent'))
      else onAbort(signal, this.abort)
    }
  }

  /** Whether the caller is told of its end. */
  get isAwaited(): boolean {
    return this.options?.onEnd !== undefined
  }

  /** Detaches at once: a cancelled stream may never be read to its end. */
  override cancel(reason: RpcError): void {
    super.cancel(reason)
    this.detach()
    if (this.canceled === reason) this.guard?.(reason)
  }

  override finish(): void {
    if (this.ended) return
    super.finish()
    this.detach()
    try {
      this.options?.onEnd?.(this)
    } catch (error) {
      uncaught(error)
    }
  }

  private detach(): void {
    if (this.forward !== undefined) this.parent?.offCancel(this.forward)
    if (this.abort !== undefined && this.options?.signal !== undefined) offAbort(this.options.signal, this.abort)
  }
}

/** Makes and arms a call. Its deadline is the earliest of the method's, the caller's and that of the call being served. */
export function beginCall(method: BoundMethod, message: unknown, options: PreparedOptions | undefined): ClientCall {
  const { clock, schema } = method
  const parent = servedCall()
  const now = clock.now()
  let deadline = now + (options?.timeout ?? method.timeout)
  if (parent !== undefined && parent.clock === clock && parent.deadline < deadline) deadline = parent.deadline
  const headers = options?.headers === undefined ? undefined : new Headers(options.headers)
  const call = new ClientCall({ method: schema, message, clock, deadline, headers, began: now }, parent, options)
  method.channel.calls.began(now)
  if (parent !== undefined) call.continueFrom(parent)
  if (method.observer !== undefined) call.observed = method.observer.begin(call)
  call.waitForReady = options?.waitForReady ?? method.waitForReady
  // Whatever the protocol, the server does not see a call that is too late already.
  if (deadline <= now) call.cancel(deadlineExceeded(call, 'unsent'))
  else call.arm(now)
  return call
}

/**
 * Runs the call through its policies.
 *
 * Without a promise if nothing needs to be told of its end in the asynchronous context of the caller, as `onEnd` is.
 */
export function settleCall(
  method: BoundMethod,
  call: ClientCall,
  replied: (reply: unknown) => void,
  failed: (error: unknown) => void,
): void {
  const { settle } = method.handler as EngineHandler
  if (settle !== undefined && !call.observed?.needsContext && !call.isAwaited) settle(call, replied, failed)
  else sendCall(method, call).then(replied, failed)
}

/** Runs the call through its policies, in the context of its observers if they have one. */
export function sendCall({ handler }: BoundMethod, call: ClientCall): Promise<unknown> {
  const { observed } = call
  return observed?.hasContext ? observed.run(() => attempted(handler, call)) : attempted(handler, call)
}

function canceledBy(signal: AbortSignal, call: Call, delivery: Delivery = 'unknown'): RpcError {
  const message = `${call.method.path}: the caller cancelled it`
  return failure('canceled', Code.canceled, message, { cause: signal.reason, delivery })
}
