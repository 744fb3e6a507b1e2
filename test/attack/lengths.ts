import * as h2 from './h2.js'
import { Raw } from './raw.js'
import type { Shape } from './rig.js'
import { codeOf, over, post } from './wires.js'

/** Messages that say to be long, and are not. By codec of HTTP. */
const bodies: readonly (readonly [codec: string, name: string, bytes: number[]])[] = [
  ['proto', 'text of 2 GiB', [0x0a, 0xff, 0xff, 0xff, 0xff, 0x07]],
  ['proto', 'text of 2^64 bytes', [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
  ['proto', 'packed numbers of 2 GiB', [0x7a, 0xff, 0xff, 0xff, 0xff, 0x07]],
  ['msgpack', 'text of 4 GiB', [0x81, 0xa4, 0x74, 0x65, 0x78, 0x74, 0xdb, 0xff, 0xff, 0xff, 0xff]],
  ['msgpack', 'bytes of 4 GiB', [0x81, 0xa4, 0x64, 0x61, 0x74, 0x61, 0xc6, 0xff, 0xff, 0xff, 0xff]],
  ['msgpack', 'a list of 2^32', [0x81, 0xa6, 0x6c, 0x65, 0x61, 0x76, 0x65, 0x73, 0xdd, 0xff, 0xff, 0xff, 0xff]],
  ['msgpack', 'a map of 2^32', [0xdf, 0xff, 0xff, 0xff, 0xff]],
  ['msgpack', 'an unknown extension of 4 GiB', [0x81, 0xa1, 0x7a, 0xc9, 0xff, 0xff, 0xff, 0xff, 1]],
  ['msgpack-compact', 'a list of 2^32', [0x81, 13, 0xdd, 0xff, 0xff, 0xff, 0xff]],
  ['thrift-binary', 'text of 2 GiB', [0x0b, 0, 1, 0x7f, 0xff, 0xff, 0xff]],
  ['thrift-binary', 'text of a negative length', [0x0b, 0, 1, 0xff, 0xff, 0xff, 0xff]],
  ['thrift-binary', 'a list of 2^31', [0x0f, 0, 13, 0x0c, 0x7f, 0xff, 0xff, 0xff]],
  ['thrift-binary', 'a list of a negative length', [0x0f, 0, 13, 0x0c, 0x80, 0, 0, 0]],
  ['thrift-binary', 'a map of 2^31', [0x0d, 0, 6, 0x08, 0x02, 0x7f, 0xff, 0xff, 0xff]],
  ['thrift-binary', 'an unknown set of 2^31', [0x0e, 0, 99, 0x02, 0x7f, 0xff, 0xff, 0xff]],
  ['thrift-compact', 'text of 4 GiB', [0x18, 0xff, 0xff, 0xff, 0xff, 0x0f]],
  ['thrift-compact', 'a list of 2^32', [0xd9, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x0f]],
  ['thrift-compact', 'an unknown map of 2^32', [0x0b, 0xc6, 0x01, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x11]],
  ['avro', 'text of 2^62 bytes', [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
  ['avro', 'text of a negative length', [0x01]],
  ['thrift-json', 'a list of 10^15', [...Buffer.from('{"13":{"lst":["rec",1000000000000000')]],
]

const word = (value: number) => [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
const { Type, frame, endHeaders } = h2

/** What a socket says first: the frame is longer than anything may be, or says that more stands in it than comes. */
const frames: Readonly<Record<string, Uint8Array>> = {
  'a Thrift frame of 2 GiB': Buffer.from([...word(0x7fff_ffff), 0x80, 1, 0, 1, 0, 0, 0, 4]),
  'a Thrift frame of 256 MiB': Buffer.from([...word(0x0fff_ffff), 0x80, 1, 0, 1, 0, 0, 0, 4]),
  'a Thrift name of 2 GiB': Buffer.from([...word(64), 0x80, 1, 0, 1, ...word(0x7fff_fff0)]),
  'an unframed Thrift name of 2 GiB': Buffer.from([0x80, 1, 0, 1, ...word(0x7fff_fff0), 0x41]),
  'a THeader of 256 KiB in a frame of 64 bytes': Buffer.from([
    ...word(64),
    0x0f,
    0xff,
    0,
    0,
    ...word(1),
    0xff,
    0xff,
    0,
    0,
  ]),
  'an Avro message of 2^32 buffers': Buffer.from([...word(1), ...word(0xffff_ffff), ...word(16)]),
  'an Avro buffer of 4 GiB': Buffer.from([...word(1), ...word(1), ...word(0xffff_ffff)]),
  'a framed Avro buffer of 2 GiB': Buffer.from([...word(0x7fff_ffff), 0, 1]),
  'an HTTP body of 2^53 bytes': Buffer.from(
    'POST /attack.Target/Take HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9007199254740993\r\n\r\n{',
  ),
  'an HTTP chunk of 2^60 bytes': Buffer.from(
    'POST /attack.Target/Take HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffff\r\n{',
  ),
  'a streamed HTTP message of 4 GiB': Buffer.from(
    'POST /attack.Streams/Gather HTTP/1.1\r\nhost: a\r\ncontent-type: application/connect+proto\r\ncontent-length: 100\r\n\r\n\0\xff\xff\xff\xff',
    'latin1',
  ),
  'a gRPC message of 4 GiB': Buffer.concat([
    h2.start,
    frame(Type.headers, endHeaders, 1, h2.grpcHead('Target/Take')),
    frame(Type.data, 0, 1, Buffer.from([0, 255, 255, 255, 255])),
  ]),
  'a gRPC message of 4 GiB in a stream': Buffer.concat([
    h2.start,
    frame(Type.headers, endHeaders, 1, h2.grpcHead('Streams/Gather')),
    frame(Type.data, 0, 1, Buffer.from([0, 255, 255, 255, 255])),
  ]),
  'an HTTP/2 frame of 16 MiB': Buffer.concat([h2.start, Buffer.from([255, 255, 255, 0, 0, 0, 0, 0, 1])]),
}

const honest = async (port: number) =>
  void (await over('grpc://AT', port, remote => Promise.all(Array.from({ length: 50 }, () => codeOf(remote.take({}))))))

/** A hundred that come and call. */
const connections = async (port: number) => {
  const call = h2.grpcCall(1, 'Target/Linger', 0)
  const all = await Promise.all(Array.from({ length: 100 }, () => Raw.open(port)))
  for (const raw of all) raw.send(Buffer.concat([h2.start, call]))
  await Promise.all(all.map(raw => raw.answer(50)))
  for (const raw of all) raw.end()
}

export const shapes: readonly Shape[] = [
  {
    name: 'lengths within messages that nothing stands behind',
    attack: async (port, t) => {
      for (const [codec, name, bytes] of bodies) {
        const { status, body } = await post(port, `application/${codec}`, Buffer.from(bytes))
        t.is(status, 400, `${codec}, ${name}: ${body.slice(0, 200)}`)
      }
    },
    ordinary: honest,
    allowance: 16 << 20,
  },
  {
    name: 'frames that are longer than what comes, each a hundred times',
    attack: async (port, _t, { spends }) => {
      for (const [name, bytes] of Object.entries(frames)) {
        const send = async () => {
          const all = await Promise.all(Array.from({ length: 100 }, () => Raw.open(port)))
          for (const raw of all) raw.send(bytes)
          await Promise.all(all.map(raw => raw.settled(50)))
          for (const raw of all) raw.end()
        }
        await spends(name, send, connections)
      }
    },
    allowance: 16 << 20,
  },
]
