import type { Duplex } from 'node:stream'
import { jsonFormat } from '../../../codecs/thrift/json/format.js'
import { Kind, type ThriftFormat } from '../../../codecs/thrift/wire.js'
import { asInvalidMessage } from '../../../codecs/values/fault.js'
import type { HeaderValue } from '../../../core/headers.js'
import { messageTooLarge } from '../../../core/limits.js'
import { RpcError } from '../../../core/rpc-error.js'
import { unreadableRequest } from '../../failures.js'
import { ServerConnection } from '../../pipelined/server/connection.js'
import type { Splitter } from '../../pipelined/splitter.js'
import { transportOf } from '../detect.js'
import { type Dialect, formatOf } from '../dialect.js'
import { FrameSplitter, type MessageSink } from '../framed.js'
import { bareName } from '../names.js'
import { ThriftOutput } from '../output.js'
import { formatIn, type HeaderFrame, headerStart, readHeaderFrame, sequenceOf } from '../theader.js'
import { UnframedSplitter } from '../unframed.js'
import { ZlibStream } from '../zlib-stream.js'
import { type DispatchHost, type Serving, serveMessage } from './dispatch.js'
import { notThrift, unknownFormat } from './refusals.js'
import { type RequestHead, ThriftRequest } from './served-request.js'

type HeaderTransport = 'header' | 'framed-header'

const noHeaders: HeaderValue[] = []

/** Serves one connection. Each request is answered in its own dialect. */
export class ThriftConnection extends ServerConnection implements DispatchHost, MessageSink {
  readonly output: ThriftOutput
  private transport: 'framed' | 'unframed' = 'framed'
  /** The dialect of the last request. */
  private dialect: Dialect | undefined

  constructor(
    socket: Duplex,
    readonly serving: Serving,
    closed: (connection: ServerConnection) => void,
  ) {
    const output = new ThriftOutput(socket)
    const carrier = socket instanceof ZlibStream ? socket.carrier : socket
    super(socket, { protocol: 'thrift', settings: serving.settings, output, carrier, closed })
    this.output = output
  }

  protected decide(head: Buffer): Splitter | undefined {
    const transport = transportOf(head)
    if (transport === undefined) return undefined
    if (transport === 'none') throw notThrift()
    const { limits } = this.settings
    if (transport === 'framed') return new FrameSplitter(limits.messageBytes + limits.headerBytes, this)
    this.transport = 'unframed'
    // Clients without frames take the next reply for that of their oldest call.
    this.replyOrder.inOrder()
    return new UnframedSplitter(limits.messageBytes, this)
  }

  protected refuseBytes(error: RpcError): void {
    const { dialect } = this
    if (dialect !== undefined) this.refuse({ dialect, name: '', sequence: 0, isOneway: false }, error)
  }

  message(bytes: Buffer, start: number, end: number): void {
    if (this.admit()) this.serve(bytes, start, end)
    else this.hold(() => this.serve(bytes, start, end))
  }

  tooLarge(head: Buffer): void {
    if (this.admit()) this.refuseLarge(head)
    else this.hold(() => this.refuseLarge(head))
  }

  private serve(bytes: Buffer, start: number, end: number): void {
    const { values, messageBytes } = this.settings.limits
    const header = headerStart(bytes, start)
    if (header === undefined) {
      if (end - start > messageBytes) {
        this.refuseLarge(bytes.subarray(start, end))
        return
      }
      const format = formatOf(bytes[start])
      if (format === undefined) throw unknownFormat()
      const dialect = this.dialectOf(format, this.transport, false)
      try {
        serveMessage(format.reader(bytes, start, end, values), { dialect, headers: noHeaders }, this)
      } catch (error) {
        this.refuseHeader(dialect, error)
      }
      return
    }
    const transport = header === start ? 'header' : 'framed-header'
    const read = this.readFrame(bytes.subarray(header, end), transport)
    if (read === undefined) return
    const { format, zlib, headers, payload } = read
    const dialect = this.dialectOf(format, transport, zlib)
    serveMessage(format.reader(payload, 0, payload.length, values), { dialect, headers }, this)
  }

  /** @returns undefined if the frame is over a limit or has an unknown transform: then its call was refused, and the connection goes on */
  private readFrame(frame: Buffer, transport: HeaderTransport): HeaderFrame | undefined {
    try {
      return readHeaderFrame(frame, this.settings.limits)
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      this.refuseFrame(frame, transport, error)
      return undefined
    }
  }

  /** Answers a frame of which only THeader's own fields can be read. */
  private refuseFrame(frame: Buffer, transport: HeaderTransport, error: RpcError): void {
    const dialect = this.dialectOf(formatIn(frame), transport, false)
    this.refuse({ dialect, name: '', sequence: sequenceOf(frame), isOneway: false }, error)
  }

  /**
   * Refuses only the call of a JSON message, because its end is known, even if it does not show which call that was.
   * @throws the error if the message is in another format: then nothing after it can be trusted
   */
  private refuseHeader(dialect: Dialect, error: unknown): void {
    const fault = asInvalidMessage(error, 'the message')
    if (dialect.format !== jsonFormat || !(fault instanceof RpcError)) throw error
    this.refuse({ dialect, name: '', sequence: 0, isOneway: false }, fault)
  }

  private refuseLarge(head: Buffer): void {
    const error = messageTooLarge(this.settings.limits.messageBytes)
    const header = headerStart(head, 0)
    if (header !== undefined) {
      this.refuseFrame(head.subarray(header), header === 0 ? 'header' : 'framed-header', error)
      return
    }
    const format = formatOf(head[0])
    if (format === undefined) throw error
    const reader = format.headReader(head)
    reader.beginMessage()
    const { name, sequence, kind } = reader
    const dialect = this.dialectOf(format, this.transport, false)
    const path = this.serving.methods.get(name)?.schema.path ?? name
    const request = { dialect, name: bareName(name), sequence, isOneway: kind === Kind.oneway }
    this.refuse(request, unreadableRequest(error, path))
  }

  private refuse(head: Omit<RequestHead, 'headers'>, error: RpcError): void {
    const request = new ThriftRequest({ ...head, headers: noHeaders }, this)
    this.enter(request)
    request.refuse(error)
  }

  private dialectOf(format: ThriftFormat, transport: Dialect['transport'], zlib: boolean): Dialect {
    const { dialect } = this
    if (dialect?.format === format && dialect.transport === transport && dialect.zlib === zlib) return dialect
    this.dialect = { format, transport, zlib }
    return this.dialect
  }
}
