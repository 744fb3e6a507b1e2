import { standardThreshold } from '../../../codecs/compression.js'
import { Kind, type ThriftReader } from '../../../codecs/thrift/wire.js'
import { Fault } from '../../../codecs/values/fault.js'
import type { ActiveCall } from '../../../core/active-call.js'
import type { MethodInfo } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import type { HeaderValue } from '../../../core/headers.js'
import { type Limits, messageTooLarge } from '../../../core/limits.js'
import { RpcError } from '../../../core/rpc-error.js'
import { replyHeadersTooLarge, unreadableReply } from '../../failures.js'
import { ClientConnection, type ClientStream } from '../../pipelined/client/connection.js'
import { type PendingCall, PendingCalls } from '../../pipelined/client/pending-calls.js'
import { countedBody } from '../../pipelined/counted-body.js'
import type { Splitter } from '../../pipelined/splitter.js'
import { type Dialect, formatOf } from '../dialect.js'
import { FrameSplitter, type MessageSink } from '../framed.js'
import type { ThriftOptions } from '../options.js'
import { ThriftOutput } from '../output.js'
import { headerStart, readHeaderFrame, sequenceOf } from '../theader.js'
import { UnframedSplitter } from '../unframed.js'
import type { BoundMethod } from './bound-method.js'
import { headersOf, readReply, receiveHeaders, unreadable } from './reply.js'

export interface LinkSettings {
  readonly address: string
  readonly methods: ReadonlyMap<MethodInfo, BoundMethod>
  readonly options: ThriftOptions
  readonly limits: Limits
}

const lastSequence = 2 ** 31 - 1
const noHeaders: HeaderValue[] = []
const noHeaderTexts: readonly string[] = []

/** One connection with many calls at once, which have sequence ids. */
export class ThriftLink extends ClientConnection<BoundMethod> implements MessageSink {
  protected readonly splitter: Splitter
  protected readonly output: ThriftOutput
  private readonly dialect: Dialect
  private readonly isUnframed: boolean

  constructor(
    stream: ClientStream,
    private readonly settings: LinkSettings,
  ) {
    const { address, limits, options } = settings
    const pending = new PendingCalls<BoundMethod>({ last: lastSequence, keepsCanceled: false })
    const isUnframed = options.dialect.transport === 'unframed'
    super(stream, { address, pending, isOrdered: isUnframed })
    this.output = new ThriftOutput(stream)
    this.dialect = options.dialect
    this.isUnframed = isUnframed
    this.splitter = isUnframed
      ? new UnframedSplitter(limits.messageBytes, this)
      : new FrameSplitter(limits.messageBytes + limits.headerBytes, this)
    this.settled()
  }

  protected methodOf(call: ActiveCall): BoundMethod {
    return this.settings.methods.get(call.method) as BoundMethod
  }

  protected send(call: ActiveCall, method: BoundMethod, sequence: number): void {
    const kind = method.schema.oneway ? Kind.oneway : Kind.call
    const headers = this.dialect.transport === 'header' ? headersOf(call) : noHeaderTexts
    const asked = this.dialect.zlib ? standardThreshold : call.compression?.above
    const compressAbove = call.compressMessages ? asked : undefined
    const head = { kind, name: method.name, sequence, headers, compressAbove }
    this.output.write(this.dialect, head, countedBody(method.arguments, call), call.message)
  }

  message(bytes: Buffer, start: number, end: number): void {
    const header = headerStart(bytes, start)
    if (header === undefined) {
      if (end - start > this.settings.limits.messageBytes) {
        this.tooLarge(bytes.subarray(start, end))
        return
      }
      const format = formatOf(bytes[start])
      if (format === undefined) throw unknownFormat()
      this.reply(format.reader(bytes, start, end, this.settings.limits.values), noHeaders)
      return
    }
    const frame = bytes.subarray(header, end)
    try {
      const { format, headers, payload } = readHeaderFrame(frame, this.settings.limits)
      this.reply(format.reader(payload, 0, payload.length, this.settings.limits.values), headers)
    } catch (error) {
      // The frame after one that is over a limit can still be read.
      if (!(error instanceof RpcError) || error.code !== Code.resource_exhausted) throw error
      this.failOne(sequenceOf(frame), error)
    }
  }

  tooLarge(head: Buffer): void {
    const error = messageTooLarge(this.settings.limits.messageBytes)
    const header = headerStart(head, 0)
    if (header !== undefined) {
      this.failOne(sequenceOf(head.subarray(header)), error)
      return
    }
    const reader = formatOf(head[0])?.headReader(head)
    if (reader === undefined) throw unknownFormat()
    reader.beginMessage()
    this.failOne(reader.sequence, error)
  }

  private failOne(sequence: number, error: RpcError): void {
    const pending = this.take(sequence)
    if (pending === undefined) return
    const { path } = pending.call.method
    const isHeaders = error.reason === 'headers_too_large'
    this.fail(
      pending,
      isHeaders
        ? replyHeadersTooLarge(path, this.settings.limits.headerBytes, { cause: error })
        : unreadableReply(error, path),
    )
  }

  private reply(reader: ThriftReader, headers: HeaderValue[]): void {
    try {
      reader.beginMessage()
    } catch (error) {
      this.failOnly(error)
      return
    }
    const pending = this.take(this.isNameless(reader) ? this.pending.oldest : reader.sequence)
    if (pending === undefined) return
    receiveHeaders(pending.call, headers)
    let reply: unknown
    try {
      const start = reader.position
      reply = readReply(reader, pending.method)
      pending.call.observed?.message('received', reader.position - start)
    } catch (error) {
      this.fail(pending, error as RpcError)
      return
    }
    this.succeed(pending, reply)
  }

  /** Fails the only waiting call with an unreadable reply. @throws the error if there is not exactly one */
  private failOnly(error: unknown): void {
    const pending = this.pending.size === 1 ? this.pending.take(this.pending.oldest) : undefined
    if (pending === undefined) throw error
    this.fail(pending, unreadable(error, pending.call.method.path))
  }

  /** Whether it is the exception with which a server without frames answers an unreadable call before it closes. */
  private isNameless({ kind, sequence }: ThriftReader): boolean {
    if (!this.isUnframed || kind !== Kind.exception || sequence !== 0) return false
    this.leave()
    return true
  }

  private take(sequence: number): PendingCall<BoundMethod> | undefined {
    const pending = this.pending.take(sequence)
    // The reply of a cancelled call may still arrive, but not one with an id that was never used.
    if (pending === undefined && !this.pending.hasGiven(sequence))
      throw new Fault(`a reply with the sequence id ${sequence}, which no call has`)
    return pending
  }
}

function unknownFormat(): Fault {
  return new Fault('a message that is not of the binary, compact or JSON protocol')
}
