import { connect, createServer, type Server, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, createServer as createTlsServer, TLSSocket } from 'node:tls'
import { detectFraming } from '../../protocols/avro/framing.js'
import { placeOf } from '../../protocols/open-socket.js'
import { transportOf } from '../../protocols/thrift/detect.js'
import { AvroWireReader } from './avro.js'
import { Http1Reader } from './http1.js'
import { Http2Reader } from './http2.js'
import type { Reading, SeenCall, Tell, WireReader } from './seen.js'
import { ThriftWireReader } from './thrift.js'

/** Bytes within which every wire is found. */
const longestHead = 4096
const longestFirst = 268_435_456
const preface = 'PRI * HTTP/2.0'
const requestLine = /^(?:GET|POST|PUT|HEAD|OPTIONS|DELETE|PATCH) \//
/** Characters of the start of a request line that tell it. */
const longestMethod = 10

export interface RelayEvents {
  call(call: SeenCall, peer: string): void
  /** A connection whose bytes cannot be read. They pass all the same. */
  unread(peer: string): void
  /** The target did not take a connection. */
  refused(error: Error): void
  /** A client broke off TLS. */
  untrusted(error: Error): void
}

export interface RelayOptions {
  /** `127.0.0.1:8080`, `unix:/run/hello.sock` */
  readonly target: string
  /** The certificate with which it listens; undefined: it listens without TLS. */
  readonly listenTls: { readonly cert: Buffer; readonly key: Buffer } | undefined
  /** TLS to the target; undefined: bytes are passed on as they are. */
  readonly targetTls: ConnectionOptions | undefined
  /** Receives the secrets of TLS on both sides. */
  readonly onKeys: ((line: Uint8Array) => void) | undefined
  readonly reading: Reading
}

/** A proxy that passes bytes on unchanged, and reads a copy of them. */
export function relay(options: RelayOptions, events: RelayEvents): Server {
  const { listenTls, onKeys } = options
  const accept = (client: Socket) => accepted(client, options, events)
  if (listenTls === undefined) return createServer({ allowHalfOpen: true }, accept)
  // What the client speaks is offered to the target.
  const ALPNCallback = ({ protocols }: { readonly protocols: readonly string[] }) =>
    protocols.find(name => name === 'h2' || name === 'http/1.1') ?? protocols[0]
  const server = createTlsServer({ ...listenTls, ALPNCallback, allowHalfOpen: true }, accept)
  if (onKeys !== undefined) server.on('keylog', onKeys)
  return server.on('tlsClientError', error => events.untrusted(error))
}

function accepted(client: Socket, options: RelayOptions, events: RelayEvents): void {
  const join = (server: Socket) => joined(client, server, options.reading, events)
  const { target, targetTls, onKeys } = options
  const place = { ...placeOf(target, 0), allowHalfOpen: true }
  if (targetTls === undefined) {
    join(connect(place))
    return
  }
  // TLS begins with the name of the wire, which the client's first bytes tell.
  client.once('error', () => client.destroy())
  client.once('readable', () => {
    const first: Buffer | null = client.read()
    if (first === null) {
      client.destroy()
      return
    }
    client.unshift(first)
    const name = client instanceof TLSSocket && client.alpnProtocol ? client.alpnProtocol : alpnOf(first)
    const server = connectTls({ ...place, ...targetTls, ...(name === undefined ? {} : { ALPNProtocols: [name] }) })
    if (onKeys !== undefined) server.on('keylog', onKeys)
    join(server)
  })
}

/** Passes bytes on in both directions until both have ended. */
function joined(client: Socket, server: Socket, reading: Reading, events: RelayEvents): void {
  const peer = client.remoteAddress === undefined ? 'local' : `${client.remoteAddress}:${client.remotePort}`
  const copy = new Copy(
    call => events.call(call, peer),
    () => events.unread(peer),
    reading,
  )
  client.on('data', (chunk: Buffer) => copy.fromClient(chunk))
  server.on('data', (chunk: Buffer) => copy.fromServer(chunk))
  client.pipe(server).pipe(client)
  const end = (one: Socket, other: Socket) =>
    one.once('close', () => {
      other.destroy()
      copy.ended()
    })
  let isConnected = false
  server.once(server instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
    isConnected = true
  })
  server.once('error', error => {
    if (!isConnected) events.refused(error)
  })
  client.once('error', () => server.destroy())
  end(client, server)
  end(server, client)
}

/** The name of a wire in TLS (ALPN); undefined if it has none. */
function alpnOf(head: Buffer): string | undefined {
  if (head.toString('latin1', 0, preface.length) === preface) return 'h2'
  return requestLine.test(head.toString('latin1', 0, longestMethod)) ? 'http/1.1' : undefined
}

/** Finds the wire of a connection, and reads it until its bytes make no sense. */
class Copy {
  private reader: WireReader | 'unread' | undefined
  private head: Buffer = Buffer.alloc(0)

  constructor(
    private readonly tell: Tell,
    private readonly unread: () => void,
    private readonly reading: Reading,
  ) {}

  fromClient(chunk: Buffer): void {
    if (this.reader !== undefined) {
      this.read(reader => reader.fromClient(chunk))
      return
    }
    this.head = Buffer.concat([this.head, chunk])
    this.reader =
      readerFor(this.head, this.tell, this.reading) ?? (this.head.length > longestHead ? 'unread' : undefined)
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
function readerFor(head: Buffer, tell: Tell, reading: Reading): WireReader | 'unread' | undefined {
  const text = head.toString('latin1', 0, preface.length)
  if (text === preface) return new Http2Reader(tell, reading)
  if (requestLine.test(text)) return new Http1Reader(tell, reading)
  if (preface.startsWith(text) || /^[A-Z]{1,7} ?$/.test(text)) return undefined
  // As a server does: Avro's first bytes are the least specific.
  const thrift = transportOf(head)
  if (thrift === 'framed' || thrift === 'unframed') return new ThriftWireReader(tell, reading)
  const avro = detectFraming(head, longestFirst)
  if (avro) return new AvroWireReader(tell, reading)
  return avro === false && thrift === 'none' ? 'unread' : undefined
}
