import { connect as connectHttp2 } from 'node:http2'
import { deflateSync, gzipSync } from 'node:zlib'
import test from 'ava'
import type { EncodingName } from '../../src/index.js'
import { Raw } from './raw.js'
import { attacks, type Shape } from './rig.js'
import type { Load } from './target.js'
import { codeOf, over, post } from './wires.js'

const held = attacks(test)
/** Of the largest message that is taken. */
const largest = 4 * 1024 * 1024 - 64

/** As many empty messages as fit, each of which has a list and a map: a few bytes that become objects. */
const empty: Readonly<Record<string, Buffer>> = {
  proto: Buffer.alloc(largest, Buffer.from([0x6a, 0x00])),
  json: Buffer.from(`{"leaves":[${'{},'.repeat(largest / 3 - 10)}{}]}`),
  xml: Buffer.from(`<Load>${'<leaves/>'.repeat(largest / 9 - 10)}</Load>`),
  msgpack: Buffer.concat([
    Buffer.from([0x81, 0xa6]),
    Buffer.from('leaves'),
    counted(0xdd, largest),
    Buffer.alloc(largest, 0x80),
  ]),
  'msgpack-compact': Buffer.concat([Buffer.from([0x81, 13]), counted(0xdd, largest), Buffer.alloc(largest, 0x80)]),
  'thrift-binary': Buffer.concat([Buffer.from([0x0f, 0, 13]), counted(0x0c, largest), Buffer.alloc(largest + 1)]),
  'thrift-compact': Buffer.concat([Buffer.from([0xd9, 0xfc]), varint(largest), Buffer.alloc(largest + 1)]),
  'thrift-json': Buffer.from(`{"13":{"lst":["rec",${largest / 3 - 20}${',{}'.repeat(largest / 3 - 20)}]}}`),
}

/** Lists of numbers, one byte each. */
const numbers: Readonly<Record<string, Buffer>> = {
  proto: Buffer.concat([Buffer.from([0x7a]), varint(largest), Buffer.alloc(largest, 1)]),
  msgpack: Buffer.concat([
    Buffer.from([0x81, 0xa7]),
    Buffer.from('numbers'),
    counted(0xdd, largest),
    Buffer.alloc(largest, 1),
  ]),
  'thrift-compact': Buffer.concat([
    Buffer.from([0xf9, 0xf5]),
    varint(largest),
    Buffer.alloc(largest, 1),
    Buffer.alloc(1),
  ]),
  json: Buffer.from(`{"numbers":[${'1,'.repeat(largest / 2 - 20)}1]}`),
}

function counted(type: number, count: number): Buffer {
  const bytes = Buffer.alloc(5)
  bytes[0] = type
  bytes.writeUInt32BE(count, 1)
  return bytes
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128)
  return Buffer.from([...bytes, value])
}

/** As large, and as honest senders fill it. */
const honest: Load = {
  leaves: Array.from({ length: 20_000 }, (_, i) => ({
    text: `a line of text that somebody has written, number ${i}`,
    texts: ['another line', 'and one more that is longer'],
    labels: new Map([
      ['colour', 'a shade of green'],
      ['size', 'extra large'],
    ]),
  })),
}
const ordinary = async (port: number) =>
  void (await over('http://AT?codec=proto', port, remote => remote.take(honest), { compression: 'gzip' }))

/** A framed Thrift message with the header transform that inflates it. */
function headerFrame(message: Buffer): Buffer {
  const payload = deflateSync(message)
  const header = Buffer.from([0x0f, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 0])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(header.length + payload.length)
  return Buffer.concat([length, header, payload])
}

const takeCall = Buffer.concat([
  Buffer.from([0x80, 1, 0, 1, 0, 0, 0, 4]),
  Buffer.from('Take'),
  Buffer.from([0, 0, 0, 1, 0x0c, 0, 1]),
])

/** @returns the status that a gRPC server ends it with */
async function postGrpc(port: number, message: Buffer): Promise<string> {
  const session = connectHttp2(`http://127.0.0.1:${port}`)
  session.on('error', () => {})
  const stream = session.request({
    ...{ ':method': 'POST', ':path': '/attack.Target/Take', 'content-type': 'application/grpc', te: 'trailers' },
    'grpc-encoding': 'gzip',
  })
  stream.on('error', () => {})
  let status = ''
  stream.on('response', headers => {
    status = String(headers['grpc-status'] ?? '')
  })
  stream.on('trailers', headers => {
    status = String(headers['grpc-status'] ?? '')
  })
  stream.resume()
  stream.end(Buffer.concat([counted(1, message.length), message]))
  await new Promise(resolve => stream.once('close', resolve))
  session.destroy()
  return status
}

/** Nothing but their budget of values keeps these from gigabytes, so what they cost is bounded in memory as much as in CPU. */
const budget = { ordinary, cpu: 2, memory: 2 }

const amplified: readonly Shape[] = [
  ...Object.entries(empty).map(
    ([codec, body]): Shape => ({
      ...budget,
      name: `a few KiB of gzip that become millions of empty messages, HTTP ${codec}`,
      attack: async (port, t) => {
        const { status, body: reply } = await post(port, `application/${codec}`, body, { gzip: true })
        t.is(status, 429, reply.slice(0, 200))
      },
    }),
  ),
  ...Object.entries(numbers).map(
    ([codec, body]): Shape => ({
      ...budget,
      name: `a few KiB of gzip that become millions of numbers, HTTP ${codec}`,
      attack: async (port, t) => {
        const { status, body: reply } = await post(port, `application/${codec}`, body, { gzip: true })
        t.is(status, 429, reply.slice(0, 200))
      },
    }),
  ),
  {
    ...budget,
    name: 'a few KiB of gzip that become millions of empty messages, gRPC',
    attack: async (port, t) => void t.is(await postGrpc(port, gzipSync(empty.proto as Buffer)), '8'),
  },
  {
    ...budget,
    name: 'a few KiB of zlib that become millions of empty messages, THeader',
    attack: async (port, t) => {
      const raw = await Raw.open(port)
      raw.send(headerFrame(Buffer.concat([takeCall, empty['thrift-binary'] as Buffer, Buffer.alloc(1)])))
      t.true((await raw.answer(500)).length > 0, 'it is answered')
      raw.end()
    },
  },
]

const zeros: Load = { data: new Uint8Array(48 << 20) }
const encodings: readonly EncodingName[] = ['gzip', 'deflate', 'br']

const bombs: readonly Shape[] = [
  ...['http://AT?codec=proto', 'http://AT?codec=json', 'grpc://AT'].flatMap(wire =>
    encodings.map(compression => bomb(`${wire} ${compression}`, wire, compression)),
  ),
  bomb('THeader', 'thrift://AT?transport=header&compression=zlib'),
]

/** A message that would be far over the limit, once inflated. */
function bomb(name: string, wire: string, compression?: EncodingName): Shape {
  return {
    name: `a compression bomb, ${name}`,
    attack: async (port, t) => {
      const code = await over(wire, port, remote => codeOf(remote.take(zeros)), { compression })
      t.is(code, 8, 'resource_exhausted')
    },
    ordinary,
    cpu: 2,
    memory: 2,
  }
}

for (const shape of [...amplified, ...bombs]) test.serial(shape.name, held, shape)
