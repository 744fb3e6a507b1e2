import { connect, createServer, type Server, type Socket } from 'node:net'
import { detectFraming } from '../../protocols/avro/framing.js'
import { placeOf } from '../../protocols/open-socket.js'
import { transportOf } from '../../protocols/thrift/detect.js'
import { AvroWireReader } from './avro.js'
import { Http1Reader } from './http1.js'
import { Http2Reader } from './http2.js'
import type { SeenCall, Tell, WireReader } from './seen.js'
import { ThriftWireReader } from './thrift.js'

/** Bytes within which every wire is found. */
const longestHead = 4096
const longestFirst = 268_435_456
const preface = 'PRI * HTTP/2.0'

export interface RelayEvents {
  call(call: SeenCall, peer: string): void
  /** A connection whose bytes cannot be read. They pass all the same. */
  unread(peer: string): void
  /** The target did not take a connection. */
  refused(error: Error): void
}

/** A proxy that passes bytes on unchanged, and reads a copy of them. @param target an address: `127.0.0.1:8080`, `unix:/run/hello.sock` */
export function relay(target: string, events: RelayEvents): Server {
  return createServer({ allowHalfOpen: true }, client => {
    const peer = client.remoteAddress === undefined ? 'local' : `${client.remoteAddress}:${client.remotePort}`
    const server = connect({ ...placeOf(target, 0), allowHalfOpen: true })
    const copy = new Copy(
      call => events.call(call, peer),
      () => events.unread(peer),
    )
    client.on('data', (chunk: Buffer) => copy.fromClient(chunk))
    server.on('data', (chunk: Buffer) => copy.fromServer(chunk))
    client.pipe(server).pipe(client)
    const end = (one: Socket, other: Socket) =>
      one.once('close', () => {
        other.destroy()
        copy.ended()
      })
    server.once('error', error => {
      if (server.bytesRead + server.bytesWritten === 0) events.refused(error)
    })
    client.once('error', () => server.destroy())
    end(client, server)
    end(server, client)
  })
}

/** Finds the wire of a connection, and reads it until its bytes make no sense. */
class Copy {
  private reader: WireReader | 'unread' | undefined
  private head: Buffer = Buffer.alloc(0)

  constructor(
    private readonly tell: Tell,
    private readonly unread: () => void,
  ) {}

  fromClient(chunk: Buffer): void {
    if (this.reader !== undefined) {
      this.read(reader => reader.fromClient(chunk))
      return
    }
    this.head = Buffer.concat([this.head, chunk])
    this.reader = readerFor(this.head, this.tell) ?? (this.head.length > longestHead ? 'unread' : undefined)
    if (this.reader === 'unread') this.unread()
    else if (this.reader !== undefined) this.read(reader => reader.fromClient(this.head))
  }

  fromServer(chunk: Buffer): void {
    this.read(reader => reader.fromServer(chunk))
  }

  ended(): void {
    this.read(reader => reader.ended())
    this.reader = 'unread'
  }

  private read(use: (reader: WireReader) => void): void {
    if (this.reader === undefined || this.reader === 'unread') return
    try {
      use(this.reader)
    } catch {
      // What it throws says that these are no bytes of its wire. They were passed on already.
      this.reader = 'unread'
      this.unread()
    }
  }
}

/** @returns undefined if more bytes are needed; `unread` for a wire that is not known, such as TLS */
function readerFor(head: Buffer, tell: Tell): WireReader | 'unread' | undefined {
  const text = head.toString('latin1', 0, preface.length)
  if (text === preface) return new Http2Reader(tell)
  if (/^(?:GET|POST|PUT|HEAD|OPTIONS|DELETE|PATCH) \//.test(text)) return new Http1Reader(tell)
  if (preface.startsWith(text) || /^[A-Z]{1,7} ?$/.test(text)) return undefined
  const avro = detectFraming(head, longestFirst)
  if (avro) return new AvroWireReader(tell)
  const thrift = transportOf(head)
  if (thrift === 'framed' || thrift === 'unframed') return new ThriftWireReader(tell)
  return avro === false && thrift === 'none' ? 'unread' : undefined
}
