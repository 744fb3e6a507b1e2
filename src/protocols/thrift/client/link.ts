import type { Socket } from 'node:net'
import { standardThreshold } from '../../../codecs/compression.js'
import { Kind, type ThriftReader } from '../../../codecs/thrift/wire.js'
import { asInvalidMessage, Fault } from '../../../codecs/values/fault.js'
import type { ActiveCall, EngineHandler } from '../../../core/active-call.js'
import type { Call, MethodInfo } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import type { HeaderValue } from '../../../core/headers.js'
import { IdTable } from '../../../core/id-table.js'
import { type Limits, messageTooLarge } from '../../../core/limits.js'
import { type Delivery, RpcError } from '../../../core/rpc-error.js'
import { connectionLost, replyHeadersTooLarge, unreadableReply } from '../../failures.js'
import type { Link } from '../../protocol.js'
import { type Dialect, formatOf } from '../dialect.js'
import { FrameSplitter, type MessageSink, type Splitter } from '../framed.js'
import type { ThriftOptions } from '../options.js'
import { Output } from '../output.js'
import { readHeaderFrame, sequenceOf } from '../theader.js'
import { UnframedSplitter } from '../unframed.js'
import type { BoundMethod } from './bound-method.js'
import { PendingCall } from './pending-call.js'
import { headersOf, readReply, receiveHeaders, unsendable } from './reply.js'

export interface LinkSettings {
  readonly address: string
  readonly methods: ReadonlyMap<MethodInfo, BoundMethod>
  readonly options: ThriftOptions
  readonly limits: Limits
}

const lastSequence = 2 ** 31 - 1
const noHeaders: HeaderValue[] = []
const noHeaderTexts: readonly string[] = []

/** One connection: any number of calls at once, told apart by their sequence ids. */
export class ThriftLink implements Link, MessageSink {
  open = true
  onClose: ((error: unknown) => void) | undefined
  private readonly output: Output
  private readonly dialect: Dialect
  private readonly splitter: Splitter
  private readonly pending = new IdTable<PendingCall>()
  /** The last that was given to a call. */
  private sequence = 0
  private closed: Promise<void>
  private failure: RpcError | undefined

  constructor(
    private readonly socket: Socket,
    private readonly settings: LinkSettings,
  ) {
    const { limits, options } = settings
    this.dialect = options.dialect
    this.output = new Output(socket)
    const isUnframed = this.dialect.transport === 'unframed'
    this.splitter = isUnframed
      ? new UnframedSplitter(limits.messageBytes)
      : new FrameSplitter(limits.messageBytes + limits.headerBytes)
    this.closed = new Promise(resolve => socket.once('close', () => resolve()))
    socket.on('data', (chunk: Buffer) => this.arrived(chunk))
    socket.on('error', cause => this.fail(this.lost(cause)))
    socket.on('end', () => this.fail(this.lost()))
    socket.once('close', () => this.fail(this.lost()))
    // A connection without a call keeps no process alive.
    socket.unref()
  }

  readonly handle: EngineHandler = call =>
    new Promise((resolve, reject) => {
      const method = this.settings.methods.get(call.method) as BoundMethod
      const refusal = this.refusal(call)
      if (refusal !== undefined) {
        reject(refusal)
        return
      }
      const sequence = this.nextSequence()
      try {
        this.write(call, method, sequence)
      } catch (error) {
        reject(unsendable(error, call))
        return
      }
      if (method.schema.oneway) {
        resolve(undefined)
        return
      }
      const pending = new PendingCall({ call, method, batch: this.output.batch, link: this, sequence, resolve, reject })
      if (this.pending.size === 0) this.socket.ref()
      this.pending.add(sequence, pending)
      call.onCancel(pending.onCancel)
    })

  private refusal(call: Call): RpcError | undefined {
    if (call.canceled !== undefined) return call.canceled
    if (this.open) return undefined
    if (this.failure !== undefined) return within(call, this.failure, 'unsent')
    return connectionLost(call.method.path, 'it was closed', { address: this.settings.address, delivery: 'unsent' })
  }

  private write(call: ActiveCall, method: BoundMethod, sequence: number): void {
    const kind = method.schema.oneway ? Kind.oneway : Kind.call
    const headers = this.dialect.transport === 'header' ? headersOf(call) : noHeaderTexts
    const compressAbove = this.dialect.zlib ? standardThreshold : call.compression?.above
    const head = { kind, name: method.name, sequence, headers, compressAbove }
    this.output.write(this.dialect, head, method.arguments, call.message)
  }

  private nextSequence(): number {
    do this.sequence = this.sequence === lastSequence ? 1 : this.sequence + 1
    while (this.pending.get(this.sequence) !== undefined)
    return this.sequence
  }

  /** @internal A call was cancelled: its reply, should it come, is dropped. */
  forget(sequence: number): void {
    this.pending.delete(sequence)
    // Replies come in the order of their calls, so those behind this one would wait for what nobody wants any more.
    if (this.dialect.transport === 'unframed') this.leave()
    this.settled()
  }

  private settled(): void {
    if (this.pending.size > 0) return
    this.socket.unref()
    if (!this.open) this.output.end(() => this.socket.destroy())
  }

  private arrived(chunk: Buffer): void {
    try {
      this.splitter.push(chunk, this)
    } catch (error) {
      // Only without frames it ends the connection. Replies come in the order of their calls there.
      if (error instanceof RpcError && error.reason === 'message_too_large') this.failOne(this.oldest, error)
      this.fail(this.garbled(error))
    }
  }

  message(bytes: Buffer, start: number, end: number): void {
    if (bytes[start] !== 0x0f) {
      const format = formatOf(bytes[start])
      if (format === undefined) throw new Fault('a message of none of the binary, compact and JSON protocols')
      this.reply(format.reader(bytes, start, end, this.settings.limits.values), noHeaders)
      return
    }
    const frame = bytes.subarray(start, end)
    try {
      const { format, headers, payload } = readHeaderFrame(frame, this.settings.limits)
      this.reply(format.reader(payload, 0, payload.length, this.settings.limits.values), headers)
    } catch (error) {
      // A frame that is over a limit is no reason to doubt the next.
      if (!(error instanceof RpcError) || error.code !== Code.resource_exhausted) throw error
      this.failOne(sequenceOf(frame), error)
    }
  }

  private failOne(sequence: number, error: RpcError): void {
    const pending = this.take(sequence)
    if (pending !== undefined) {
      const { path } = pending.call.method
      const isOfHeaders = error.reason === 'headers_too_large'
      const { headerBytes } = this.settings.limits
      pending.fail(
        isOfHeaders ? replyHeadersTooLarge(path, headerBytes, { cause: error }) : unreadableReply(error, path),
      )
    }
    this.settled()
  }

  private reply(reader: ThriftReader, headers: HeaderValue[]): void {
    reader.beginMessage()
    const pending = this.take(this.isNameless(reader) ? this.oldest : reader.sequence)
    if (pending === undefined) return
    receiveHeaders(pending.call, headers)
    try {
      pending.succeed(readReply(reader, pending.method))
    } catch (error) {
      pending.fail(error as RpcError)
      // The server refuses whatever is new: it is closing.
      if (error instanceof RpcError && error.delivery === 'refused' && error.code === Code.unavailable) this.leave()
    }
    this.settled()
  }

  /** What a server says of bytes that it cannot read as a call, before it closes. Without frames it speaks of the call whose turn it is. */
  private isNameless({ kind, sequence }: ThriftReader): boolean {
    if (this.dialect.transport !== 'unframed' || kind !== Kind.exception || sequence !== 0) return false
    this.leave()
    return true
  }

  private get oldest(): number {
    return this.pending.values()[0]?.sequence ?? 0
  }

  private take(sequence: number): PendingCall | undefined {
    const pending = this.pending.delete(sequence)
    // Of a call that was cancelled the reply may still come; an id that was never given out is another matter.
    if (pending === undefined && (sequence < 1 || sequence > this.sequence) && !this.mayHaveWrapped(sequence))
      throw new Fault(`a reply under the sequence id ${sequence}, which no call has`)
    return pending
  }

  private mayHaveWrapped(sequence: number): boolean {
    return this.sequence < 2 ** 30 && sequence > 2 ** 30
  }

  tooLarge(head: Buffer): void {
    const error = messageTooLarge(this.settings.limits.messageBytes)
    if (head[0] === 0x0f) {
      this.failOne(sequenceOf(head), error)
      return
    }
    const reader = formatOf(head[0])?.headReader(head)
    if (reader === undefined) throw new Fault('a message of none of the binary, compact and JSON protocols')
    reader.beginMessage()
    this.failOne(reader.sequence, error)
  }

  /** No more calls; the connection ends with the last in flight. */
  private leave(): void {
    if (!this.open) return
    this.open = false
    this.onClose?.(undefined)
  }

  async close(): Promise<void> {
    this.open = false
    this.settled()
    await this.closed
  }

  /** Whatever waits for a reply is told at once. What was not handed to the socket yet never left. */
  private fail(error: RpcError): void {
    this.failure ??= error
    const { batch } = this.output
    const unsent = this.pending.values()
    this.pending.clear()
    for (const pending of unsent)
      pending.fail(within(pending.call, error, pending.batch === batch ? 'unsent' : 'unknown'))
    this.socket.destroy()
    if (!this.open) return
    this.open = false
    this.onClose?.(error)
  }

  private lost(cause?: Error): RpcError {
    const why = cause === undefined ? 'the server closed it' : cause.message
    return connectionLost(undefined, why, { address: this.settings.address, cause })
  }

  private garbled(cause: unknown): RpcError {
    const error = asInvalidMessage(cause, 'what arrived')
    const why = error instanceof Error ? error.message : String(error)
    return connectionLost(undefined, why, { address: this.settings.address, cause })
  }
}

function within({ method }: Call, { message, code, reason, cause }: RpcError, delivery: Delivery): RpcError {
  return new RpcError(`${method.path}: ${message}`, code, {
    delivery,
    cause,
    ...(reason === undefined ? {} : { reason }),
  })
}
