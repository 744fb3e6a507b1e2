import { Kind, type ThriftReader, Wire } from '../../codecs/thrift/wire.js'
import { codeName } from '../../core/code.js'
import { defaultLimits } from '../../core/limits.js'
import type { Splitter } from '../../protocols/pipelined/splitter.js'
import { applicationException } from '../../protocols/thrift/application-exception.js'
import { transportOf } from '../../protocols/thrift/detect.js'
import { formatOf } from '../../protocols/thrift/dialect.js'
import { readStatus, statusId } from '../../protocols/thrift/error-status.js'
import { FrameSplitter, type MessageSink } from '../../protocols/thrift/framed.js'
import { headerStart, readHeaderFrame } from '../../protocols/thrift/theader.js'
import { UnframedSplitter } from '../../protocols/thrift/unframed.js'
import type { CallEnd } from './call-end.js'
import { begin, type Reading, type SeenCall, type Tell, type WireReader } from './seen.js'

/** The most levels within a reply's fields. */
const deepest = 64

/** Reads the messages of a Thrift connection, framed or not, in every format. */
export class ThriftWireReader implements WireReader {
  private readonly pending = new Map<number, SeenCall>()
  private readonly client: Messages
  private readonly server: Messages

  constructor(
    private readonly tell: Tell,
    private readonly reading: Reading,
  ) {
    this.client = new Messages((open, size, headers) => this.request(open, size, headers))
    this.server = new Messages((open, size) => this.reply(open, size))
  }

  fromClient(chunk: Buffer): void {
    this.client.push(chunk)
  }

  fromServer(chunk: Buffer): void {
    this.server.push(chunk)
  }

  ended(): void {
    for (const call of this.pending.values()) this.tell({ ...call, code: 'connection lost' })
    this.pending.clear()
  }

  private request(open: Open, size: number, headers: readonly string[]): void {
    const reader = open()
    const call = begin('thrift', reader.name.replace(':', '/'), headers)
    call.requests = 1
    call.sent = size
    const { contents } = this.reading
    const request = contents?.thriftRequest(call.method, reader)
    call.messages = contents && (async () => ({ requests: listOf(request), replies: undefined }))
    if (reader.kind === Kind.oneway) this.tell({ ...call, code: 'ok' })
    else this.pending.set(reader.sequence, call)
  }

  private reply(open: Open, size: number): void {
    const reader = open()
    const call = this.pending.get(reader.sequence)
    if (call === undefined) return
    this.pending.delete(reader.sequence)
    const isException = reader.kind === Kind.exception
    const { code, message, details } = isException ? exceptionIn(reader, call.method) : endIn(reader)
    const read = isException ? undefined : this.reading.contents?.thriftReply(call.method, open())
    const { messages } = call
    const all = messages && (async () => ({ ...(await messages()), replies: listOf(read?.reply), error: read?.error }))
    const text = message || (read?.message ?? '')
    this.tell({ ...call, code, message: text, details, replies: 1, received: size, messages: all })
  }
}

function listOf(message: unknown): readonly unknown[] | undefined {
  return message === undefined ? undefined : [message]
}

/** An exception that the function does not declare. */
function exceptionIn(reader: ThriftReader, method: string) {
  const { code, message, details } = applicationException.read(reader, method)
  return { code: codeName(code), message, details }
}

/** A result has field 0, or none; any other field is a declared error, whose code and text polywire's own field may tell. */
function endIn(reader: ThriftReader): CallEnd {
  let code = 'ok'
  reader.beginStruct()
  for (let type = reader.field(); type !== Wire.stop; type = reader.field()) {
    if (reader.fieldId === statusId && type === Wire.struct) {
      const { code: status, message, details } = readStatus(reader)
      if (status !== undefined) return { code: codeName(status), message, details }
    } else {
      if (reader.fieldId !== 0) code = 'exception'
      reader.skip(type, deepest)
    }
  }
  return { code, message: '', details: [] }
}

/** A reader of a message that has begun, from its start each time. */
type Open = () => ThriftReader
type Receive = (open: Open, size: number, headers: readonly string[]) => void

class Messages implements MessageSink {
  private splitter: Splitter | undefined
  private head: Buffer = Buffer.alloc(0)

  constructor(private readonly receive: Receive) {}

  push(chunk: Buffer): void {
    let bytes = chunk
    if (this.splitter === undefined) {
      bytes = Buffer.concat([this.head, chunk])
      const transport = transportOf(bytes)
      if (transport === 'none') throw new Error('it is not Thrift')
      this.head = bytes
      if (transport === undefined) return
      const largest = defaultLimits.messageBytes + defaultLimits.headerBytes
      this.splitter = transport === 'framed' ? new FrameSplitter(largest, this) : new UnframedSplitter(largest, this)
    }
    this.splitter.push(bytes)
  }

  message(bytes: Buffer, start: number, end: number): void {
    const header = headerStart(bytes, start)
    const framed = header === undefined ? undefined : readHeaderFrame(bytes.subarray(header, end), defaultLimits)
    const payload = framed?.payload ?? bytes.subarray(start, end)
    const format = framed?.format ?? formatOf(payload[0])
    if (format === undefined) throw new Error('a message of no known format')
    const open = () => {
      const reader = format.reader(payload, 0, payload.length, defaultLimits.values)
      reader.beginMessage()
      return reader
    }
    this.receive(open, payload.length, (framed?.headers ?? []).map(String))
  }

  tooLarge(): void {}
}
