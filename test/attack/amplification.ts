import { connect as connectHttp2 } from 'node:http2'
import { deflateSync } from 'node:zlib'
import type { EncodingName } from '../../src/index.js'
import { Raw } from './raw.js'
import type { Shape } from './rig.js'
import type { Honest } from './scene.js'
import type { Load, Target } from './target.js'
import { deflated, over, post } from './wires.js'

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

const prose = 'text that somebody has written, as long as the description of an article or the body of a short mail'

function honestLoad(leaves: number): Load {
  return {
    leaves: Array.from({ length: leaves }, (_, i) => ({
      text: `line ${i}: ${prose}`,
      texts: ['another line', 'and one more that is longer'],
      labels: new Map([
        ['colour', 'a shade of green'],
        ['size', 'extra large'],
      ]),
    })),
  }
}

/** About 4 MB in each of these codecs, as honest senders fill it. */
const honestLeaves = { json: 16_000, proto: 19_000, 'thrift-binary': 16_000, xml: 9000 } as const
const ordinaries = Object.fromEntries(
  Object.entries(honestLeaves).map(([codec, leaves]): [string, Honest] => {
    const load = honestLoad(leaves)
    const take = (remote: Target) => remote.take(load)
    return [codec, async port => void (await over(`http://AT?codec=${codec}`, port, take, { compression: 'gzip' }))]
  }),
)
const ordinaryIn = (codec: string) => ordinaries[codec] ?? (ordinaries.proto as Honest)
const ordinary = ordinaryIn('proto')
const ordinaryTwice: Honest = async port => {
  await ordinaryIn('proto')(port)
  await ordinaryIn('thrift-binary')(port)
}

/** In the codecs that send numbers. */
const ordinaryOfAll: Honest = async port => {
  for (const codec of ['proto', 'json', 'thrift-binary']) await ordinaryIn(codec)(port)
}

const takeCall = Buffer.concat([
  Buffer.from([0x80, 1, 0, 1, 0, 0, 0, 4]),
  Buffer.from('Take'),
  Buffer.from([0, 0, 0, 1, 0x0c, 0, 1]),
])

/** A framed Thrift message with the header transform that inflates it. */
function headerFrame(message: Buffer): Buffer {
  const payload = deflateSync(Buffer.concat([takeCall, message, Buffer.alloc(1)]))
  const header = Buffer.from([0x0f, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 0])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(header.length + payload.length)
  return Buffer.concat([length, header, payload])
}

/** @returns the status that a gRPC server ends it with */
async function postGrpc(port: number, sent: Buffer, encoding: EncodingName): Promise<string> {
  const session = connectHttp2(`http://127.0.0.1:${port}`)
  session.on('error', () => {})
  const stream = session.request({
    ...{ ':method': 'POST', ':path': '/attack.Target/Take', 'content-type': 'application/grpc', te: 'trailers' },
    'grpc-encoding': encoding,
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
  stream.end(Buffer.concat([counted(1, sent.length), sent]))
  await new Promise(resolve => stream.once('close', resolve))
  session.destroy()
  return status
}

/** @returns whether it is answered */
async function answers(port: number, frame: Buffer): Promise<boolean> {
  const raw = await Raw.open(port)
  raw.send(frame)
  const answer = await raw.answer(100)
  raw.end()
  return answer.length > 0
}

/** Nothing but the server's limits keeps these from gigabytes, so what they cost is bounded in memory as much as in CPU. */
const budget = { ordinary, memory: 2, allowance: 48 << 20 }
/** Times the CPU of an honest message. Without the budget of values it was up to a hundred times that. */
const times = 8
/** Bytes of a field that are far over the limit. */
const zeros = Buffer.concat([Buffer.from([0x2a]), varint(48 << 20), Buffer.alloc(48 << 20)])
const bombs = (['gzip', 'deflate', 'br'] as const).map(encoding => ({ encoding, sent: deflated(zeros, encoding) }))
const headerBomb = headerFrame(zeros)
/** A message whose text never ends, on a connection that is one zlib stream. */
const zlibBomb = deflateSync(Buffer.concat([takeCall, Buffer.from([0x0b, 0, 2, 0x7f, 0xff, 0xff, 0xff]), zeros]))
const gzipped = (bodies: Readonly<Record<string, Buffer>>) =>
  Object.entries(bodies).map(([codec, body]) => ({ codec, sent: deflated(body, 'gzip') }))
const emptyProto = deflated(empty.proto as Buffer, 'gzip')
const emptyThrift = headerFrame(empty['thrift-binary'] as Buffer)
const numberBodies = gzipped(numbers)

export const shapes: readonly Shape[] = [
  ...gzipped(empty).map(
    ({ codec, sent }): Shape => ({
      ...budget,
      name: `a few KiB of gzip that become millions of empty messages are refused, HTTP ${codec}`,
      attack: async (port, t) => {
        const { status, body: reply } = await post(port, `application/${codec}`, sent, { encoding: 'gzip' })
        t.is(status, 429, reply.slice(0, 200))
      },
      ordinary: ordinaryIn(codec),
      cpu: times,
    }),
  ),
  {
    ...budget,
    name: 'a few KiB that become millions of empty messages are refused, gRPC and THeader',
    attack: async (port, t) => {
      t.is(await postGrpc(port, emptyProto, 'gzip'), '8')
      t.true(await answers(port, emptyThrift), 'THeader is answered')
    },
    ordinary: ordinaryTwice,
    cpu: times,
    allowance: 64 << 20,
  },
  {
    ...budget,
    // Numbers in a list count nothing: each takes eight bytes, and what they take while the list grows is not gone at once.
    name: 'a few KiB of gzip that become millions of numbers cost little more than those, HTTP',
    ordinary: ordinaryOfAll,
    attack: async (port, t, { spends }) => {
      for (const { codec, sent } of numberBodies) {
        const send = async () => {
          const { status, body: reply } = await post(port, `application/${codec}`, sent, { encoding: 'gzip' })
          t.true(status === 200 || status === 429, `${codec}, ${status}: ${reply.slice(0, 200)}`)
        }
        await spends(codec, send, ordinary, times)
      }
    },
    cpu: numberBodies.length * times,
    allowance: 512 << 20,
  },
  {
    ...budget,
    name: 'compression bombs are refused, HTTP, gRPC, THeader and a zlib connection',
    attack: async (port, t, { spends }) => {
      for (const { encoding, sent } of bombs) {
        const send = async () => {
          t.is((await post(port, 'application/proto', sent, { encoding })).status, 429, encoding)
          t.is(await postGrpc(port, sent, encoding), '8', encoding)
        }
        await spends(encoding, send, ordinary, 2)
      }
      t.true(await answers(port, headerBomb), 'THeader is answered')
      const raw = await Raw.open(port)
      raw.send(zlibBomb)
      t.true(await raw.closes(10_000), 'a zlib connection is closed')
    },
    cpu: times,
    allowance: 64 << 20,
  },
]
