import { ActiveCall, type CallInit } from '../core/active-call.js'
import { type Call, deadlineExceeded } from '../core/call.js'
import { Code } from '../core/code.js'
import { type Duration, toMilliseconds } from '../core/duration.js'
import { servedCall } from '../core/flow.js'
import { Headers, type HeadersInit } from '../core/headers.js'
import { checkNames, type OptionNames } from '../core/option-names.js'
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

const callOptionNames: OptionNames<CallOptions> = {
  timeout: true,
  signal: true,
  headers: true,
  waitForReady: true,
  onEnd: true,
}

/**
 * @throws RpcError if the timeout is not a duration (`invalid_duration`), a header cannot be sent (`invalid_header`), or there is no such
 *   option (`misplaced_option`)
 */
export function prepareOptions(options: CallOptions): PreparedOptions {
  checkNames('withCall', options, callOptionNames)
  return {
    timeout: options.timeout === undefined ? undefined : toMilliseconds(options.timeout, 'withCall timeout'),
    signal: options.signal,
    headers: options.headers === undefined ? undefined : new Headers(options.headers),
    waitForReady: options.waitForReady,
    onEnd: options.onEnd,
  }
}

/** What a caller's call is made of. */
export interface ClientCallInit extends CallInit {
  /** The call being served. */
  readonly parent: ActiveCall | undefined
  readonly options: PreparedOptions | undefined
}

/** A caller's call. It is cancelled with the call being served, if there is one, and by the caller's signal. */
export class ClientCall extends ActiveCall {
  private readonly parent: ActiveCall | undefined
  private readonly options: PreparedOptions | undefined
  private readonly abort: (() => void) | undefined

  constructor(init: ClientCallInit) {
    super(init)
    const { parent, options } = init
    this.parent = parent
    this.options = options
    parent?.onCancel(this)
    const signal = options?.signal
    if (signal !== undefined) {
      this.abort = () => this.cancel(canceledBy(signal, this))
      if (signal.aborted) this.cancel(canceledBy(signal, this, 'unsent'))
      else onAbort(signal, this.abort)
    }
  }

  /** Whether its end must be told in the asynchronous context of its caller. */
  get needsContext(): boolean {
    return this.options?.onEnd !== undefined || this.observed?.needsContext === true
  }

  /** Detaches at once: a cancelled stream may never be read to its end. */
  override cancel(reason: RpcError): void {
    super.cancel(reason)
    this.detach()
    if (this.canceled === reason) this.stopped(reason)
  }

  /** It was cancelled, and all listeners have been told. */
  protected stopped(_reason: RpcError): void {}

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
    this.parent?.offCancel(this)
    if (this.abort !== undefined && this.options?.signal !== undefined) offAbort(this.options.signal, this.abort)
  }
}

/** What the next call of a method is made of. Its deadline is the earliest of the method's, the caller's and that of the call being served. */
export function callInit(method: BoundMethod, message: unknown, options: PreparedOptions | undefined): ClientCallInit {
  const { clock, schema } = method
  const parent = servedCall()
  const now = clock.now()
  let deadline = now + (options?.timeout ?? method.timeout)
  if (parent !== undefined && parent.clock === clock && parent.deadline < deadline) deadline = parent.deadline
  const headers = options?.headers === undefined ? undefined : new Headers(options.headers)
  return { method: schema, message, clock, deadline, headers, began: now, parent, options }
}

/** Counts, arms and shows to observers a call that has just been made. */
export function beginCall(method: BoundMethod, call: ClientCall, { began, parent, options }: ClientCallInit): void {
  const now = began ?? call.clock.now()
  method.channel.calls.began(now)
  if (parent !== undefined) call.continueFrom(parent)
  if (method.observer !== undefined) call.observed = method.observer.begin(call)
  call.waitForReady = options?.waitForReady ?? method.waitForReady
  // Whatever the protocol, the server does not see a call that is too late already.
  if (call.deadline <= now) call.cancel(deadlineExceeded(call, 'unsent'))
  else call.arm(now)
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
