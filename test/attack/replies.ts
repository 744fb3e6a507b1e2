import type { ExecutionContext } from 'ava'
import * as h2 from './h2.js'
import { Raw } from './raw.js'
import { recorded } from './recording.js'
import type { Shape } from './rig.js'
import { pause } from './scene.js'

/** Milliseconds. The server's, since this is what the attack waits for. */
export const stallTimeout = 700

const size = 1 << 20
/** Megabytes that are asked for on one connection. */
const count = 300
/** What a server may have sent: the bound, the reply that goes over it, and what the system holds for a socket. */
const sent = 64 << 20
/** For a few connections at once; one of them without a bound would take 300 MiB. */
const allowance = 192 << 20

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

/** Connections that are attacked at a time; what the server may keep is counted for each. */
const atOnce = 4

async function untaken(port: number, t: ExecutionContext, name: string, asking: Asking): Promise<void> {
  const raw = await Raw.open(port, { reads: false, keep: false })
  raw.send(await asking(port))
  await pause(stallTimeout * 2 + 300)
  // Only who reads hears that the connection has ended.
  raw.socket.resume()
  t.true(await raw.closes(2000), `${name}: the server has ended the connection`)
  t.true(raw.bytes < sent, `${name}: it had sent ${(raw.bytes / size).toFixed(1)} MiB`)
  raw.end()
}

async function takenSlowly(port: number, asking: Asking): Promise<void> {
  const raw = await Raw.open(port, { reads: false, keep: false })
  raw.send(await asking(port))
  for (let waited = 0; waited < 600; waited += 50) {
    raw.socket.read(1)
    await pause(50)
  }
  raw.end()
}

/** One begins after the other, since the first replies keep the server busy. */
async function inTurn(
  names: readonly string[],
  attack: (name: string, asking: Asking) => Promise<void>,
): Promise<void> {
  await Promise.all(
    names.map(async (name, index) => {
      await pause(400 * index)
      await attack(name, askings[name] as Asking)
    }),
  )
}

const all = Object.keys(askings)
/** Being slow is the same to all wires of a protocol. */
const slow = ['HTTP/1.1', 'thrift://AT', 'avro://AT', 'gRPC with a window, and nobody who reads']
const groups = Array.from({ length: Math.ceil(all.length / atOnce) }, (_, i) => all.slice(i * atOnce, (i + 1) * atOnce))

export const shapes: readonly Shape[] = [
  ...groups.map(
    (names): Shape => ({
      name: `${count} replies of 1 MiB that nobody takes: ${names.join('; ')}`,
      attack: (port, t) => inTurn(names, (name, asking) => untaken(port, t, name, asking)),
      allowance,
      memory: 0,
    }),
  ),
  {
    name: `replies of 1 MiB that are taken byte by byte: ${slow.join('; ')}`,
    attack: port => inTurn(slow, (_name, asking) => takenSlowly(port, asking)),
    allowance,
    memory: 0,
  },
]
