import { gzipSync } from 'node:zlib'
import { Code } from '../../src/index.js'
import * as h2 from './h2.js'

/** How a server behaves that a client calls. */
export interface Hostility {
  readonly name: string
  readonly wire: string
  /** Answers an HTTP/2 connection as it should be before it does harm to the first stream. */
  readonly greets?: boolean
  /** Sent when the first bytes have come, or the head of the first stream. */
  readonly reply: Uint8Array | string
  /** Sent again and again behind it, as fast as anybody takes it. */
  readonly endless?: Uint8Array | string
  /** Closes behind it. */
  readonly closes?: boolean
  /** Default: any error of ours. */
  readonly codes?: readonly Code[]
}

const { Type, frame, endHeaders, endStream } = h2
const json = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'
const html = '<html><body>404 page not found</body></html>'
const zeros = gzipSync(Buffer.alloc(64 << 20))
const grpcOk = h2.block([':status', '200'], ['content-type', 'application/grpc'])
const grpc = (...frames: Buffer[]) => ({ reply: Buffer.concat(frames), greets: true })
const word = (value: number) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value].map(byte => byte & 255))

const everywhere = [
  'http://AT',
  'grpc://AT',
  'thrift://AT',
  'thrift://AT?transport=header',
  'thrift://AT?transport=http',
  'avro://AT',
  'avro://AT?transport=http',
]

export const hostilities: readonly Hostility[] = [
  ...everywhere.flatMap((wire): Hostility[] => [
    { name: 'is mute', wire, reply: '', codes: [Code.deadline_exceeded] },
    { name: 'closes at once', wire, reply: '', closes: true, codes: [Code.unavailable] },
    {
      name: 'answers with HTML',
      wire,
      reply: `HTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\ncontent-length: ${html.length}\r\n\r\n${html}`,
    },
    { name: 'sends zeros without an end', wire, reply: '', endless: Buffer.alloc(65_536) },
    { name: 'sends letters without an end', wire, reply: '', endless: Buffer.alloc(65_536, 'H') },
    {
      name: 'sends noise',
      wire,
      reply: Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919 * 31) >> 3)),
      closes: true,
    },
    {
      name: 'sends frames of 2 GiB',
      wire,
      reply: Buffer.concat([word(0x7fff_ffff), Buffer.from([0x80, 1, 0, 2])]),
      endless: Buffer.alloc(65_536, 1),
    },
  ]),
  ...['http://AT', 'thrift://AT?transport=http', 'avro://AT?transport=http'].flatMap((wire): Hostility[] => {
    const type = wire.startsWith('thrift')
      ? 'application/x-thrift'
      : wire.startsWith('avro')
        ? 'avro/binary'
        : 'application/json'
    const ok = `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n`
    return [
      {
        name: 'sends 103 without an end',
        wire,
        reply: '',
        endless: 'HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n'.repeat(500),
      },
      { name: 'sends 100 without an end', wire, reply: '', endless: 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(500) },
      { name: 'sends 102 slowly forever, so to say', wire, reply: 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(200) },
      {
        name: 'changes the protocol',
        wire,
        reply: 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
      },
      { name: 'sends heads without an end', wire, reply: 'HTTP/1.1 200 OK\r\n', endless: 'a: b\r\n'.repeat(5000) },
      {
        name: 'sends one field without an end',
        wire,
        reply: 'HTTP/1.1 200 OK\r\na: ',
        endless: Buffer.alloc(65_536, 'b'),
      },
      {
        name: 'sends a body without an end',
        wire,
        reply: `${ok}transfer-encoding: chunked\r\n\r\n`,
        endless: `10000\r\n${'x'.repeat(65_536)}\r\n`,
        codes: [Code.resource_exhausted, Code.deadline_exceeded],
      },
      {
        name: 'sends chunk extensions without an end',
        wire,
        reply: `${ok}transfer-encoding: chunked\r\n\r\n1`,
        endless: ';a=b'.repeat(9000),
      },
      {
        name: 'sends trailers without an end',
        wire,
        reply: `${ok}transfer-encoding: chunked\r\n\r\n0\r\n`,
        endless: 'a: b\r\n'.repeat(5000),
      },
      {
        name: 'says to be 2^53 bytes long',
        wire,
        reply: `${ok}content-length: 9007199254740991\r\n\r\n`,
        endless: Buffer.alloc(65_536, ' '),
        codes: [Code.resource_exhausted],
      },
      {
        name: 'is mute after its head',
        wire,
        reply: `${ok}content-length: 2\r\n\r\n`,
        codes: [Code.deadline_exceeded],
      },
      { name: 'ends in the middle', wire, reply: `${ok}content-length: 20\r\n\r\n{`, closes: true },
      {
        name: 'refuses at length',
        wire,
        reply: `HTTP/1.1 503 No\r\ncontent-type: text/html\r\ntransfer-encoding: chunked\r\n\r\n`,
        endless: `10000\r\n${'x'.repeat(65_536)}\r\n`,
      },
      {
        name: 'sends elsewhere',
        wire,
        reply: 'HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n',
      },
    ]
  }),
  {
    name: 'sends a compression bomb',
    wire: 'http://AT',
    reply: Buffer.concat([
      Buffer.from(`${json}content-encoding: gzip\r\ncontent-length: ${zeros.length}\r\n\r\n`),
      zeros,
    ]),
    codes: [Code.resource_exhausted],
  },
  {
    name: 'sends a compression bomb',
    wire: 'grpc://AT',
    ...grpc(
      frame(Type.headers, endHeaders, 1, Buffer.concat([grpcOk, h2.block(['grpc-encoding', 'gzip'])])),
      ...inFrames(Buffer.concat([Buffer.from([1]), word(zeros.length), zeros])),
      frame(Type.headers, endHeaders | endStream, 1, h2.block(['grpc-status', '0'])),
    ),
    codes: [Code.resource_exhausted],
  },
  {
    name: 'sends spaces in a number',
    wire: 'http://AT?codec=xml',
    reply: `${json.replace('json', 'xml')}content-length: ${60_000 + 13}\r\n\r\n<Blob>${' '.repeat(60_000)}</Blob>`,
    codes: [],
  },
  {
    name: 'sends CONTINUATION without an end',
    wire: 'grpc://AT',
    ...grpc(frame(Type.headers, 0, 1, grpcOk)),
    endless: frame(Type.continuation, 0, 1, h2.block(['a', 'x'.repeat(8000)])),
  },
  {
    name: 'sends empty DATA without an end',
    wire: 'grpc://AT',
    ...grpc(frame(Type.headers, endHeaders, 1, grpcOk)),
    endless: Buffer.alloc(9000, frame(Type.data, 0, 1)),
  },
  {
    name: 'sends PINGs without an end',
    wire: 'grpc://AT',
    ...grpc(),
    endless: Buffer.alloc(17_000, frame(Type.ping, 0, 0, '12345678')),
  },
  {
    name: 'sends SETTINGS without an end',
    wire: 'grpc://AT',
    ...grpc(),
    endless: Buffer.alloc(9000, frame(Type.settings, 0, 0)),
  },
  {
    name: 'sends informational heads without an end',
    wire: 'grpc://AT',
    ...grpc(),
    endless: frame(Type.headers, endHeaders, 1, h2.block([':status', '103'])),
  },
  {
    name: 'sends trailers of 1 MiB',
    wire: 'grpc://AT',
    ...grpc(
      frame(Type.headers, endHeaders, 1, grpcOk),
      frame(Type.headers, endStream, 1, h2.block(['grpc-message', 'x'.repeat(16_000)])),
      ...Array.from({ length: 64 }, (_, i) =>
        frame(Type.continuation, i === 63 ? endHeaders : 0, 1, h2.block(['a', 'x'.repeat(16_000)])),
      ),
    ),
  },
  {
    name: 'is mute after its head',
    wire: 'grpc://AT',
    ...grpc(frame(Type.headers, endHeaders, 1, grpcOk)),
    codes: [Code.deadline_exceeded],
  },
  {
    name: 'sends a message of 4 GiB',
    wire: 'grpc://AT',
    ...grpc(frame(Type.headers, endHeaders, 1, grpcOk), frame(Type.data, 0, 1, Buffer.from([0, 255, 255, 255, 255]))),
    endless: frame(Type.data, 0, 1, Buffer.alloc(16_000)),
    codes: [Code.resource_exhausted],
  },
  {
    name: 'promises pushes',
    wire: 'grpc://AT',
    ...grpc(frame(5, endHeaders, 1, Buffer.concat([word(2), grpcOk]))),
  },
  {
    name: 'answers other streams',
    wire: 'grpc://AT',
    ...grpc(frame(Type.headers, endHeaders | endStream, 9, grpcOk)),
  },
  {
    name: 'lets no stream be opened',
    wire: 'grpc://AT',
    reply: Buffer.concat([h2.settings([3, 0]), frame(Type.settings, 1, 0)]),
    codes: [Code.deadline_exceeded],
  },
]

function inFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at < bytes.length; at += 16_384) frames.push(frame(Type.data, 0, 1, bytes.subarray(at, at + 16_384)))
  return frames
}
