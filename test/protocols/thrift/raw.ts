import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { binaryFormat } from '../../../src/codecs/thrift/binary/format.js'
import { Kind, type ThriftFormat, type ThriftReader, type ThriftWriter, Wire } from '../../../src/codecs/thrift/wire.js'
import { type LimitOptions, serve } from '../../../src/index.js'
import type { Splitter } from '../../../src/protocols/pipelined/splitter.js'
import { FrameSplitter, type MessageSink } from '../../../src/protocols/thrift/framed.js'
import { UnframedSplitter } from '../../../src/protocols/thrift/unframed.js'
import { HelloService } from '../../fixtures/thrift/hello.js'

export interface RawCall {
  readonly name: string
  readonly sequence?: number
  readonly kind?: number
  readonly format?: ThriftFormat
  /** Writes the fields of the arguments; default: none. */
  readonly fields?: (writer: ThriftWriter) => void
}

/** One message, without a frame. */
export function message({ name, sequence = 1, kind = Kind.call, format = binaryFormat, fields }: RawCall): Buffer {
  const writer = format.writer()
  writer.beginMessage(kind, format.prepareName(name), sequence)
  const begun = writer.beginStruct()
  fields?.(writer)
  writer.endStruct(begun)
  writer.endMessage()
  return Buffer.from(writer.finish())
}

export function framed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** Arguments of `Slow`. */
export const slow = (name: string, milliseconds: number) => (writer: ThriftWriter) => {
  writer.field(Wire.binary, 1)
  writer.string(name)
  writer.field(Wire.i32, 2)
  writer.i32(milliseconds)
}

/** The argument of `SayHello`. */
export const text = (value: string) => (writer: ThriftWriter) => {
  writer.field(Wire.binary, 1)
  writer.string(value)
}

export interface RawReply {
  readonly kind: number
  readonly name: string
  readonly sequence: number
  /** Of a reply that is a string. */
  readonly text: string
  /** Of an exception. */
  readonly type: number
}

export function read(reader: ThriftReader): RawReply {
  reader.beginMessage()
  const { kind, name, sequence } = reader
  let value = ''
  let type = -1
  const begun = reader.beginStruct()
  for (let wire = reader.field(); wire !== Wire.stop; wire = reader.field()) {
    if (wire === Wire.binary) value = reader.string()
    else if (wire === Wire.i32) type = reader.i32()
    else reader.skip(wire, 64)
  }
  reader.endStruct(begun)
  return { kind, name, sequence, text: value, type }
}

/** A client of bytes. */
export class RawClient implements MessageSink {
  private readonly replies: RawReply[] = []
  private arrived: () => void = () => {}
  private readonly splitter: Splitter

  private constructor(
    readonly socket: Socket,
    isFramed: boolean,
    private readonly format: ThriftFormat,
  ) {
    this.splitter = isFramed ? new FrameSplitter(1e8, this) : new UnframedSplitter(1e8, this)
    socket.on('data', chunk => this.splitter.push(chunk))
    socket.on('error', () => {})
    socket.on('close', () => this.arrived())
  }

  static async open(port: number, { isFramed = true, format = binaryFormat } = {}): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    return new RawClient(socket, isFramed, format)
  }

  message(bytes: Buffer, start: number, end: number): void {
    this.replies.push(read(this.format.reader(bytes, start, end, Number.POSITIVE_INFINITY)))
    this.arrived()
  }

  tooLarge(): void {
    throw new Error('a reply that is too large')
  }

  send(...parts: Buffer[]): void {
    this.socket.write(Buffer.concat(parts))
  }

  /** The next reply; rejects where the connection closes before. */
  async next(): Promise<RawReply> {
    while (this.replies.length === 0) {
      if (this.socket.destroyed) throw new Error('the connection was closed')
      await new Promise<void>(resolve => {
        this.arrived = resolve
      })
    }
    return this.replies.shift() as RawReply
  }

  /** Resolves when the server has closed the connection. */
  async closed(): Promise<void> {
    if (!this.socket.destroyed) await once(this.socket, 'close')
  }

  end(): void {
    this.socket.destroy()
  }
}

export async function served(limits: LimitOptions = {}) {
  const service = new HelloService()
  const server = await serve([service], { limits, host: '127.0.0.1', report: () => {} })
  return { service, server, port: server.port, address: server.address, close: () => server.close() }
}
