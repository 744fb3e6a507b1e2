import test from 'ava'
import * as h2 from './h2.js'
import { Raw } from './raw.js'
import { recorded } from './recording.js'
import { attacks, pause, type Shape } from './rig.js'

const unsentBytes = 4 << 20
const stallTimeout = 1500
const held = attacks(test, { unsentBytes, stallTimeout })

const size = 1 << 20
/** Megabytes that are asked for on one connection. */
const count = 300
/** What the server may keep: the bound, the reply that goes over it, and what the system holds for a socket. */
const allowance = 64 << 20

const { Type, frame } = h2

type Asking = (port: number) => Promise<Buffer>

/** Requests for so many large replies, one behind the other. */
const askings: Readonly<Record<string, Asking>> = {
  'HTTP/1.1': async () => Buffer.from(times(post('/attack.Target/Large', `{"size":${size}}`))),
  'HTTP/1.1, by GET': async () =>
    Buffer.from(
      times(
        `GET /attack.Target/Large?encoding=json&connect=v1&message=${encodeURIComponent(`{"size":${size}}`)} HTTP/1.1\r\nhost: attacked\r\n\r\n`,
      ),
    ),
  ...Object.fromEntries(
    [
      'thrift://AT',
      'thrift://AT?codec=compact',
      'thrift://AT?transport=buffered',
      'thrift://AT?transport=header',
      'thrift://AT?transport=http',
      'avro://AT',
      'avro://AT?transport=framed',
      'avro://AT?transport=http',
    ].map((wire): [string, Asking] => [wire, port => repeatedCall(wire, port)]),
  ),
  'gRPC with a window of 0': async () => grpc([[4, 0]], i => h2.grpcCall(2 * i + 1, 'Target/Large', size)),
  'gRPC with a window, and nobody who reads': async () =>
    Buffer.concat([
      grpc([[4, 0x7fff_ffff]], () => Buffer.alloc(0)),
      frame(Type.windowUpdate, 0, 0, h2.word(0x7fff_0000)),
      ...Array.from({ length: count }, (_, i) => h2.grpcCall(2 * i + 1, 'Target/Large', size)),
    ]),
  'gRPC with a window for the connection only': async () =>
    Buffer.concat([
      grpc([[4, 0]], () => Buffer.alloc(0)),
      frame(Type.windowUpdate, 0, 0, h2.word(0x7fff_0000)),
      ...Array.from({ length: count }, (_, i) => h2.grpcCall(2 * i + 1, 'Target/Large', size)),
    ]),
  'gRPC streams with a window of 0': async () => grpc([[4, 0]], i => h2.grpcCall(2 * i + 1, 'Streams/Pour', size)),
  'gRPC streams, and nobody who reads': async () =>
    Buffer.concat([
      grpc([[4, 0x7fff_ffff]], () => Buffer.alloc(0)),
      frame(Type.windowUpdate, 0, 0, h2.word(0x7fff_0000)),
      ...Array.from({ length: count }, (_, i) => h2.grpcCall(2 * i + 1, 'Streams/Pour', size)),
    ]),
  'one HTTP stream': async () => {
    const message = `{"size":${size}}`
    return Buffer.from(
      post(
        '/attack.Streams/Pour',
        `\0\0\0\0${String.fromCharCode(message.length)}${message}`,
        'application/connect+json',
      ),
      'latin1',
    )
  },
}

function times(text: string): string {
  return text.repeat(count)
}

function post(path: string, body: string, type = 'application/json'): string {
  return `POST ${path} HTTP/1.1\r\nhost: attacked\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

function grpc(settings: readonly (readonly [number, number])[], call: (i: number) => Buffer): Buffer {
  return Buffer.concat([h2.start, h2.settings(...settings), ...Array.from({ length: count }, (_, i) => call(i))])
}

/** What a client of ours sends for one call, and again and again: nobody who does not read minds that the numbers are the same. */
async function repeatedCall(wire: string, port: number): Promise<Buffer> {
  const once = await recorded(wire, port, remote => remote.large(size))
  const twice = await recorded(wire, port, async remote => {
    await remote.large(size)
    await remote.large(size)
  })
  // Behind a handshake that comes once.
  const call = twice.subarray(once.length)
  return Buffer.concat([once, ...Array.from({ length: count - 1 }, () => call)])
}

const shapes = Object.entries(askings).flatMap(([name, asking]): Shape[] => [
  {
    name: `${count} replies of 1 MiB that nobody takes, ${name}`,
    attack: async (port, t) => {
      const raw = await Raw.open(port, { reads: false, keep: false })
      raw.send(await asking(port))
      await pause(stallTimeout * 2 + 500)
      // Only who reads hears that the connection has ended.
      raw.socket.resume()
      t.true(await raw.closes(2000), 'the server has ended the connection')
      t.true(raw.bytes < allowance, `it had sent ${(raw.bytes / size).toFixed(1)} MiB`)
      raw.end()
    },
    allowance,
    memory: 0,
  },
  {
    name: `replies of 1 MiB that are taken byte by byte, ${name}`,
    attack: async port => {
      const raw = await Raw.open(port, { reads: false, keep: false })
      raw.send(await asking(port))
      for (let waited = 0; waited < 1000; waited += 50) {
        raw.socket.read(1)
        await pause(50)
      }
      raw.end()
    },
    allowance,
    memory: 0,
  },
])

for (const shape of shapes) test.serial(shape.name, held, shape)
