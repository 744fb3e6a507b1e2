import { standardThreshold } from '../../../codecs/compression.js'
import { Kind, type ThriftReader } from '../../../codecs/thrift/wire.js'
import { asInvalidMessage } from '../../../codecs/values/fault.js'
import type { ActiveCall } from '../../../core/active-call.js'
import type { Peer } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import { Headers, type HeaderValue } from '../../../core/headers.js'
import { RpcError } from '../../../core/rpc-error.js'
import { clientDisconnected, expiredOnArrival, unwritableReply } from '../../failures.js'
import { fitting, headerListSize, replyHeadersTooLarge, sentWithout } from '../../header-room.js'
import type { ServerSettings } from '../../protocol.js'
import { shortMessage } from '../../shortened.js'
import { applicationException } from '../application-exception.js'
import type { Dialect } from '../dialect.js'
import { find, writeHeaders, writeTrailers } from '../metadata.js'
import type { MessageOutput } from '../output.js'
import { largestHeaders } from '../theader.js'
import { readTimeout } from '../timeout.js'
import { ServedCall } from './served-call.js'
import type { ServedMethod } from './served-method.js'

/** The connection of an exchange, as the exchange sees it. */
export interface Answerer {
  readonly output: MessageOutput
  readonly settings: ServerSettings
  readonly peer: Peer
  /** The exchange can be answered. */
  ready(exchange: Exchange): void
}

/** What is known of a request before its arguments are read. */
export interface RequestHead {
  readonly dialect: Dialect
  /** As in the request, without the service's. */
  readonly name: string
  readonly sequence: number
  readonly isOneway: boolean
  /** Of THeader or HTTP; as for `Headers.adopt`. */
  readonly headers: HeaderValue[]
}

const noHeaders: readonly string[] = []
/** Over HTTP, those that HTTP itself needs; in THeader, what stands around them. */
const ownHeaders = 256

/** One request and its answer. */
export class Exchange {
  /** It can be answered, but may have to wait for those before it. */
  isReady = false
  /** Among those of its connection: set by whoever gives out the turns. */
  place = 0
  private call: ActiveCall | undefined
  private method: ServedMethod | undefined
  private reply: unknown
  private error: RpcError | undefined

  constructor(
    readonly head: RequestHead,
    private readonly connection: Answerer,
  ) {}

  /** Runs the call, whose arguments come from the reader; it answers when that has ended. */
  run(method: ServedMethod, reader: ThriftReader): void {
    const { connection, head } = this
    const { clock, limits } = connection.settings
    const { headers } = head
    const timeout = headers.length === 0 ? undefined : readTimeout(headers)
    if (timeout === 0) {
      this.refuse(expiredOnArrival(method.schema.path))
      return
    }
    const init = {
      method: method.schema,
      message: undefined,
      clock,
      deadline: clock.now() + Math.min(timeout ?? limits.maxDeadline, limits.maxDeadline),
      headers: headers.length === 0 ? undefined : Headers.adopt(headers),
      peer: connection.peer,
    }
    const call = new ServedCall(init, method.arguments, reader)
    if (headers.length > 0)
      call.previousAttempts = Math.max(0, Number(find(headers, 'grpc-previous-rpc-attempts')) || 0)
    call.arm()
    this.call = call
    this.method = method
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
    this.error = error
    this.settle()
  }

  private settle(): void {
    this.call?.finish()
    this.isReady = true
    this.connection.ready(this)
  }

  /** The connection has ended. */
  disconnect(): void {
    this.call?.cancel(clientDisconnected(this.path))
  }

  /** Writes the answer. Once, when it is ready and its turn has come. */
  answer(): void {
    const { head, connection, method } = this
    if (head.isOneway) return
    const { error } = this
    if (error === undefined && method !== undefined) {
      try {
        connection.output.write(
          head.dialect,
          this.messageHead(Kind.reply, this.fittingHeaders()),
          method.result,
          this.reply,
        )
        return
      } catch (cause) {
        connection.settings.report(asInvalidMessage(cause, method.schema.path), this.call)
        this.answerError(unwritableReply(method.schema.path))
        return
      }
    }
    this.answerError(error ?? new RpcError('', Code.internal))
  }

  /** Of an error that cannot be sent whole the code and the message always can. */
  private answerError(error: RpcError): void {
    const { head, connection, method } = this
    const { output, settings } = connection
    const list: string[] = []
    if (error.headers !== undefined) writeHeaders(error.headers, list)
    const [reply, own] = [fitting(this.replyHeaders(), this.room), fitting(list, this.room)]
    const dropped = [...reply.dropped, ...own.dropped]
    const sent = { error, message: shortMessage(error.message, settings.limits), headers: own.kept }
    if (dropped.length > 0) settings.report(sentWithout(dropped, this.path), this.call)
    if (method?.result.declares(error)) {
      try {
        const most = settings.limits.messageBytes
        const replyHead = { ...this.messageHead(Kind.reply, reply.kept), most }
        output.write(head.dialect, replyHead, method.result.asError, sent)
        return
      } catch (cause) {
        settings.report(asInvalidMessage(cause, this.path), this.call)
      }
    }
    output.write(head.dialect, this.messageHead(Kind.exception, reply.kept), applicationException, sent)
  }

  private get path(): string {
    return this.method?.schema.path ?? this.head.name
  }

  /** Bytes of headers that a client takes, as far as is known here. */
  private get room(): number {
    const { headerBytes } = this.connection.settings.limits
    return Math.max(0, Math.min(headerBytes, largestHeaders) - ownHeaders)
  }

  /** @throws RpcError where they are too large */
  private fittingHeaders(): readonly string[] {
    const headers = this.replyHeaders()
    if (headers.length === 0) return headers
    const size = headerListSize(headers)
    if (size > this.room) throw replyHeadersTooLarge(this.path, size, this.room)
    return headers
  }

  private messageHead(kind: number, headers: readonly string[]) {
    const { head, method, call } = this
    const { format, zlib } = head.dialect
    const name = method === undefined ? format.prepareName(head.name) : method.nameIn(format)
    const compressAbove = call?.compression?.above ?? (zlib ? standardThreshold : undefined)
    return { kind, name, sequence: head.sequence, headers, compressAbove }
  }

  private replyHeaders(): readonly string[] {
    const { call } = this
    const { transport } = this.head.dialect
    if (call === undefined || transport === 'framed' || transport === 'unframed') return noHeaders
    const list: string[] = []
    if (call.replyHeadersIfAny !== undefined) writeHeaders(call.replyHeadersIfAny, list)
    if (call.replyTrailersIfAny !== undefined) writeTrailers(call.replyTrailersIfAny, list)
    return list
  }
}
