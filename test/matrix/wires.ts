import { builtInCodecs } from '../../src/codecs/built-in.js'

/** What a wire has no word for. */
export interface Lacks {
  /** Headers and trailers of calls and replies; attempts and deadlines travel in them. */
  readonly headers?: string
  /** That the caller wants no reply any more. */
  readonly cancel?: string
  /** The wire's own reason why it has no streams. */
  readonly streams?: string
  /** Trailers after a stream of replies. */
  readonly streamTrailers?: string
  readonly tls?: string
  /** Connections that outlive their call, so that the next one meets what is wrong with them. */
  readonly reuse?: string
  /** Why there is no such wire at all. */
  readonly wire?: string
}

/** One way to call: a row of the matrix. */
export interface Wire {
  readonly protocol: string
  readonly codec: string
  readonly options: Readonly<Record<string, string>>
  readonly lacks: Lacks
  /** Replies come in the order of their calls, so one that hangs holds up those behind it. */
  readonly isOrdered: boolean
}

const anyCodec = builtInCodecs.map(codec => codec.name)

const noHeaders = 'Thrift has headers only in THeader'
const noCancel = 'the wire has no word for it: the reply is dropped, and the deadline ends the work'
const thriftStreams = 'Thrift has no streams'
const jsonHeader = 'transport=header cannot carry codec=json'
const avroStreams = 'Avro RPC has no streams'

/** Of JSON because it loses its connection over one bad message. */
const ordered = [
  'thrift binary buffered',
  'thrift compact buffered',
  'thrift binary zlib',
  'thrift compact zlib',
  'thrift json framed',
  'thrift json buffered',
  'avro avro framed',
]

function wire(
  protocol: string,
  codec: string,
  lacks: Lacks = {},
  options: Readonly<Record<string, string>> = {},
): Wire {
  return {
    protocol,
    codec,
    options,
    lacks,
    isOrdered: ordered.includes([protocol, codec, options.transport].join(' ')),
  }
}

export const wires: readonly Wire[] = [
  ...anyCodec.map(codec => wire('http', codec)),
  ...anyCodec.map(codec => wire('http', codec, {}, { version: '1.1' })),
  ...anyCodec.map(codec => wire('http2', codec)),
  ...anyCodec.map(codec => wire('ws', codec, { reuse: 'each call has a WebSocket of its own' })),
  ...anyCodec.map(codec => wire('grpc', codec)),
  ...['binary', 'compact'].flatMap(codec => [
    wire('thrift', codec, { headers: noHeaders, cancel: noCancel, streams: thriftStreams }, { transport: 'framed' }),
    wire('thrift', codec, { headers: noHeaders, cancel: noCancel, streams: thriftStreams }, { transport: 'buffered' }),
    wire('thrift', codec, { headers: noHeaders, cancel: noCancel, streams: thriftStreams }, { transport: 'zlib' }),
    wire('thrift', codec, { cancel: noCancel, streams: thriftStreams }, { transport: 'header' }),
    wire('thrift', codec, { streams: thriftStreams }, { transport: 'http' }),
  ]),
  wire('thrift', 'json', { headers: noHeaders, cancel: noCancel, streams: thriftStreams }, { transport: 'framed' }),
  wire('thrift', 'json', { streams: thriftStreams }, { transport: 'http' }),
  wire('thrift', 'json', { headers: noHeaders, cancel: noCancel, streams: thriftStreams }, { transport: 'buffered' }),
  wire('thrift', 'json', { wire: jsonHeader }, { transport: 'header' }),
  wire('avro', 'avro', { cancel: noCancel, streams: avroStreams }, { transport: 'netty' }),
  wire('avro', 'avro', { cancel: noCancel, streams: avroStreams }, { transport: 'framed' }),
  wire('avro', 'avro', { streams: avroStreams }, { transport: 'http' }),
  ...anyCodec.map(codec => wire('memory', codec, { tls: 'memory has no TLS' })),
]

/** Wires for which only the matrix has a client, or a server. */
export const webWires: readonly Wire[] = [
  wire('grpc-web', 'proto'),
  wire('grpc-web', 'json'),
  wire('grpc-web', 'proto', {}, { transport: 'text' }),
  wire('fetch', 'json'),
  wire('fetch', 'proto'),
  wire('rest', 'json', { streamTrailers: 'REST has no trailers after a stream' }),
]

/** One line each of the ways to call: codecs make no difference to what happens to a connection. */
export const plainWires: readonly Wire[] = wires.filter(
  ({ protocol, codec, lacks }) =>
    lacks.wire === undefined &&
    (protocol === 'thrift' || protocol === 'avro' || codec === (protocol === 'grpc' ? 'proto' : 'json')),
)

/** One line each of the ways to send bytes. */
export const transportWires: readonly Wire[] = plainWires.filter(
  ({ protocol, codec }) => protocol !== 'thrift' || codec === 'binary',
)

export function wireName({ protocol, codec, options }: Wire): string {
  return [protocol, codec, ...Object.values(options)].join(' ')
}

/** The ways to call over one protocol; `http` has those of HTTP/2 too. */
export function wiresOf(protocol: string, all = wires): readonly Wire[] {
  return all.filter(wire => wire.lacks.wire === undefined && wire.protocol.replace('http2', 'http') === protocol)
}
