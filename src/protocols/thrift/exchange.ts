import { standardThreshold } from '../../codecs/compression.js'
import { asInvalidMessage } from '../../codecs/fault.js'
import { Kind, type ThriftReader } from '../../codecs/thrift-wire.js'
import type { ActiveCall } from '../../core/active-call.js'
import type { Peer } from '../../core/call.js'
import { Code } from '../../core/code.js'
import { Headers, type HeaderValue } from '../../core/headers.js'
import { RpcError } from '../../core/rpc-error.js'
import type { ServerSettings } from '../protocol.js'
import { applicationException } from './application-exception.js'
import type { Manner } from './manner.js'
import { find, writeHeaders, writeTrailers } from './metadata.js'
import type { MessageOutput } from './output.js'
import { expiredOnArrival, unwritableReply } from './refusal.js'
import { ServedCall } from './served-call.js'
import type { ServedMethod } from './served-method.js'
import { readTimeout } from './timeout.js'

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
  readonly manner: Manner
  /** As in the request, without the service's. */
  readonly name: string
  readonly sequence: number
  readonly isOneway: boolean
  /** Of THeader or HTTP; as for `Headers.adopt`. */
  readonly headers: HeaderValue[]
}

const noHeaders: readonly string[] = []

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

  /** The peer is gone, or the server ends. */
  cancel(reason: RpcError): void {
    this.call?.cancel(reason)
  }

  /** Writes the answer. Once, when it is ready and its turn has come. */
  answer(): void {
    const { head, connection, method } = this
    if (head.isOneway) return
    const { error } = this
    if (error === undefined && method !== undefined) {
      try {
        connection.output.write(head.manner, this.messageHead(Kind.reply), method.result, this.reply)
        return
      } catch (cause) {
        connection.settings.report(asInvalidMessage(cause, method.schema.path), this.call)
        this.answerError(unwritableReply(method.schema.path))
        return
      }
    }
    this.answerError(error ?? new RpcError('', Code.internal))
  }

  private answerError(error: RpcError): void {
    const { head, connection, method } = this
    const { output, settings } = connection
    if (method?.result.declares(error)) {
      try {
        output.write(head.manner, this.messageHead(Kind.reply), method.result.asError, error)
        return
      } catch (cause) {
        settings.report(asInvalidMessage(cause, method.schema.path), this.call)
        error = unwritableReply(method.schema.path)
      }
    }
    try {
      output.write(head.manner, this.messageHead(Kind.exception), applicationException, error)
    } catch (cause) {
      // Only its headers can be too large; without them it can be written.
      settings.report(cause, this.call)
      const bare = { ...this.messageHead(Kind.exception), headers: noHeaders }
      output.write(head.manner, bare, applicationException, new RpcError(error.message, error.code))
    }
  }

  private messageHead(kind: number) {
    const { head, method, call } = this
    const { format, zlib } = head.manner
    const name = method === undefined ? format.prepareName(head.name) : method.nameIn(format)
    const compressAbove = call?.compression?.above ?? (zlib ? standardThreshold : undefined)
    return { kind, name, sequence: head.sequence, headers: this.replyHeaders(), compressAbove }
  }

  private replyHeaders(): readonly string[] {
    const { call } = this
    const { transport } = this.head.manner
    if (call === undefined || transport === 'framed' || transport === 'unframed') return noHeaders
    const list: string[] = []
    if (call.replyHeadersIfAny !== undefined) writeHeaders(call.replyHeadersIfAny, list)
    if (call.replyTrailersIfAny !== undefined) writeTrailers(call.replyTrailersIfAny, list)
    return list
  }
}
