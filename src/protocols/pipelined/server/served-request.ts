import { asInvalidMessage } from '../../../codecs/values/fault.js'
import type { ActiveCall, EngineHandler } from '../../../core/active-call.js'
import type { Peer } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import { Headers, type HeaderValue } from '../../../core/headers.js'
import { RpcError } from '../../../core/rpc-error.js'
import type { MethodSchema } from '../../../schema/service.js'
import { clientDisconnected, draining, expiredOnArrival, tooManyCalls, unwritableReply } from '../../failures.js'
import type { Router, ServerSettings } from '../../protocol.js'
import { type Positioned, type RequestReads, ServedCall } from './served-call.js'

/** The connection or HTTP exchange that a request arrived on and that takes its answer. */
export interface Host {
  readonly settings: ServerSettings
  readonly peer: Peer
  readonly isDraining: boolean
  /** What `limits.callsPerConnection` bounds: calls in flight, and handlers that still run after their call was answered. */
  readonly calls: number
  /** A handler begins. */
  handlerBegan(): void
  /** It has settled. */
  handlerSettled(): void
  /** Called once for each request, before it is refused or run. */
  enter(request: ServedRequest): void
  /** Called when the answer to the request is known. */
  ready(request: ServedRequest): void
}

/** A method as a protocol serves it. */
export interface ServedMethod<Reader extends Positioned> extends RequestReads<Reader> {
  readonly schema: MethodSchema
  readonly handler: EngineHandler
}

/** What a request carries besides its arguments. */
export interface RequestMetadata {
  /** Milliseconds. */
  readonly timeout: number | undefined
  readonly previousAttempts: number
  /** As for `Headers.adopt`. */
  readonly headers: HeaderValue[] | undefined
}

/** Why the host refuses a call before it reaches its method; undefined if it does not. */
export function refusalOf({ path }: MethodSchema, { draining: isClosing }: Router, host: Host): RpcError | undefined {
  if (host.isDraining || isClosing) return draining(path)
  const { callsPerConnection } = host.settings.limits
  return host.calls >= callsPerConnection ? tooManyCalls(path, callsPerConnection) : undefined
}

/** One request and its answer. A protocol adds how the answer is written. */
export abstract class ServedRequest {
  /** Its answer is known, but may have to wait for earlier requests. */
  isReady = false
  /** Its place among the requests of its connection; set by ReplyOrder. */
  place = 0
  /** Set before it enters its host. */
  isOneway = false
  protected call: ActiveCall | undefined = undefined
  private reply: unknown = undefined
  private error: RpcError | undefined = undefined

  constructor(
    /** The id by which the peer matches the reply; the same for all requests if the wire has no ids. */
    readonly id: number,
    private readonly receiver: Host,
  ) {}

  /** The path of its method; if there is no such method, the name that the peer asked for. */
  protected abstract readonly path: string

  /** @throws if the reply cannot be sent; then none of it is */
  protected abstract writeReply(reply: unknown): void

  /** Never throws: if the whole error cannot be sent, its code and message can. */
  protected abstract writeError(error: RpcError): void

  /** Runs the call with the arguments in the reader, then answers. */
  protected start<Reader extends Positioned>(
    method: ServedMethod<Reader>,
    reader: Reader,
    metadata: RequestMetadata,
  ): void {
    const { settings, peer } = this.receiver
    const { clock, limits } = settings
    const { timeout = Number.POSITIVE_INFINITY, headers, previousAttempts } = metadata
    if (timeout <= 0) {
      this.refuse(expiredOnArrival(method.schema.path))
      return
    }
    const init = {
      method: method.schema,
      message: undefined,
      clock,
      deadline: clock.now() + Math.min(timeout, limits.maxDeadline),
      headers: headers === undefined ? undefined : Headers.adopt(headers),
      peer,
    }
    const call = new ServedCall(init, { reads: method, reader, host: this.receiver })
    call.previousAttempts = previousAttempts
    call.arm()
    this.call = call
    this.receiver.handlerBegan()
    method.handler(call).then(
      reply => {
        this.reply = reply
        this.settle()
      },
      (error: unknown) => this.refuse(RpcError.from(error, Code.internal)),
    )
  }

  /** Answers with an error. */
  refuse(error: RpcError): void {
    const { settings, peer } = this.receiver
    if (this.call === undefined) settings.observer?.callRefused?.({ path: this.path, peer, error })
    this.error = error
    this.settle()
  }

  protected settle(): void {
    this.isReady = true
    this.receiver.ready(this)
  }

  /** Cancels the call: the client is gone, or the server closes. */
  disconnect(): void {
    this.call?.cancel(clientDisconnected(this.path))
  }

  /** Writes the answer. Called once, when it is ready and its turn has come. */
  answer(): void {
    if (this.isOneway) return
    if (this.error === undefined) {
      try {
        this.writeReply(this.reply)
        return
      } catch (cause) {
        this.receiver.settings.report(asInvalidMessage(cause, this.path), this.call)
        const observed = this.call?.observed
        if (observed !== undefined) observed.replyFailure = unwritableReply(this.path)
      }
    }
    this.writeError(this.error ?? unwritableReply(this.path))
  }
}
