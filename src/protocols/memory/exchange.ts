import { AsyncResource } from 'node:async_hooks'
import { type MethodSerializers } from '../../codecs/method-serializers.js'
import type { ActiveCall } from '../../core/active-call.js'
import { sentDetails } from '../../core/error-detail.js'
import { checkMessageSize } from '../../core/limits.js'
import { isRefusal } from '../../core/refusal.js'
import { RpcError } from '../../core/rpc-error.js'
import type { MethodSchema } from '../../schema/service.js'
import { canceledByClient, unparsedRequest, unreadableReply, unwritableReply } from '../failures.js'
import { shortMessage } from '../shortened.js'
import { flat, type ServedCall } from './directory.js'

/** A method as compiled by its caller. */
export interface Bound {
  readonly method: MethodSchema
  readonly serializers: MethodSerializers
}

/** What an exchange needs of its server. */
export interface ExchangeServer {
  readonly serializers: MethodSerializers
  /** Bytes of one message. */
  readonly limits: { readonly request: number; readonly reply: number }
  readonly report: (error: unknown) => void
}

/** The messages of one call. Each goes through bytes, from the classes of one side to those of the other. */
export class Exchange {
  /** The failure of the caller's stream of requests, which is the call's outcome whatever the server answers. */
  broken: RpcError | undefined
  /** The reason for the call's cancellation. */
  private cut: RpcError | undefined
  private served: ServedCall | undefined
  private readonly server: MethodSerializers
  private readonly limits: ExchangeServer['limits']
  private readonly report: ExchangeServer['report']
  private failSource: (error: RpcError) => void = () => {}
  private failStep: ((reason: RpcError) => void) | undefined
  /** The caller's stream of requests runs in the asynchronous context of its caller. */
  private readonly caller = new AsyncResource('polywire.memory')

  constructor(
    private readonly call: ActiveCall,
    private readonly client: Bound,
    { serializers, limits, report }: ExchangeServer,
  ) {
    this.server = serializers
    this.limits = limits
    this.report = report
  }

  encoded(request: unknown): Uint8Array {
    const bytes = this.client.serializers.request.encode(request)
    this.call.observed?.message('sent', bytes.byteLength)
    return bytes
  }

  decoded(request: Uint8Array): unknown {
    try {
      checkMessageSize(request.byteLength, this.limits.request)
      this.served?.observed?.message('received', request.byteLength)
      return this.server.request.decode(request)
    } catch (error) {
      throw unparsedRequest(error, this.client.method.path)
    }
  }

  /** Rejects when the caller's stream of requests throws: then the call has failed, whatever its handler does. */
  sourceFailed(): Promise<never> {
    return new Promise((_, reject) => {
      this.failSource = reject
    })
  }

  /** Ends the handler's stream of requests with an error if the call is cancelled, so that half an upload does not look complete. */
  follow(served: ServedCall): void {
    this.served = served
    served.onCancel(reason => {
      this.cut = reason
      this.failStep?.(reason)
    })
  }

  async *requests(messages: AsyncIterable<unknown>): AsyncGenerator<unknown> {
    for await (const bytes of this.sent(messages)) yield this.decoded(bytes)
  }

  private async *sent(messages: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
    const source = messages[Symbol.asyncIterator]()
    const { caller } = this
    let isOver = false
    try {
      for (;;) {
        const { done, value } = await this.step(() => caller.runInAsyncScope(source.next, source))
        if (this.cut !== undefined) throw this.cut
        isOver = done === true
        if (isOver) return
        yield this.encoded(value)
      }
    } catch (error) {
      if (this.cut !== undefined) throw this.cut
      this.broken = RpcError.from(error)
      this.failSource(this.broken)
      throw canceledByClient(this.client.method.path)
    } finally {
      // Not awaited: a source that waits for something else may never return.
      if (!isOver) caller.runInAsyncScope(async () => source.return?.()).catch(this.report)
    }
  }

  /** Rejects a waiting step when the call is cancelled. */
  private step(next: () => Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> {
    return new Promise((resolve, reject) => {
      this.failStep = reject
      next().then(resolve, reject)
    })
  }

  reply(message: unknown): unknown {
    const { path } = this.client.method
    let bytes: Uint8Array
    try {
      bytes = this.server.reply.encode(message)
    } catch (error) {
      this.report(error)
      const failure = unwritableReply(path)
      if (this.served?.observed !== undefined) this.served.observed.replyFailure = failure
      throw received(failure)
    }
    this.served?.observed?.message('sent', bytes.byteLength)
    this.call.observed?.message('received', bytes.byteLength)
    try {
      return this.client.serializers.reply.decode(within(bytes, this.limits.reply))
    } catch (error) {
      throw unreadableReply(error, path)
    }
  }

  async *replies(
    first: Promise<IteratorResult<unknown>>,
    replies: AsyncIterator<unknown>,
    { call, served }: { call: ActiveCall; served: ServedCall },
  ): AsyncGenerator<unknown> {
    try {
      let result = await this.received(first)
      for (; !result.done; result = await this.received(replies.next())) yield this.reply(result.value)
    } finally {
      call.receiveReplyTrailers(flat(served.replyTrailersIfAny))
      served.cancel(canceledByClient(call.method.path))
    }
  }

  private async received(next: Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> {
    try {
      return await next
    } catch (error) {
      throw this.error(error)
    }
  }

  /** @returns undefined if the error is not declared, or its fields cannot be sent */
  private typed(error: RpcError): RpcError | undefined {
    for (const { name, class: type } of this.client.method.throws) {
      const serializer = this.server.errors.get(name)
      if (type === undefined || serializer === undefined || error.constructor.name !== type.name) continue
      try {
        const bytes = within(serializer.encode(error), this.limits.reply)
        return this.client.serializers.errors.get(name)?.decode(bytes) as RpcError | undefined
      } catch (cause) {
        this.report(cause)
        return undefined
      }
    }
    return undefined
  }

  /** The caller's error: an instance of its class if it is declared; otherwise code, message and details, as on any wire. */
  error(thrown: unknown): RpcError {
    if (this.broken !== undefined) return this.broken
    const error = RpcError.from(thrown)
    const { headers } = error
    const delivery = isRefusal(error) ? 'refused' : 'unknown'
    const message = shortMessage(error.message, { messageBytes: this.limits.reply })
    const typed = this.typed(error)
    if (typed !== undefined) {
      return Object.defineProperties(typed, {
        message: { value: message, configurable: true, writable: true },
        code: { value: error.code, enumerable: true },
      })
    }
    return new RpcError(message, error.code, {
      delivery,
      details: sentDetails(error),
      ...(headers === undefined ? {} : { headers }),
    })
  }
}

/** A server's error as its caller receives it: without a reason, as over any other wire. */
export function received(error: RpcError): RpcError {
  return new RpcError(error.message, error.code, { delivery: error.delivery })
}

/** @throws RpcError `resource_exhausted` (`message_too_large`) */
function within(bytes: Uint8Array, limit: number): Uint8Array {
  checkMessageSize(bytes.byteLength, limit)
  return bytes
}
