import type { ExecutionContext } from 'ava'
import * as h2 from './h2.js'
import { drip, Raw } from './raw.js'
import { recorded } from './recording.js'
import type { Shape } from './rig.js'
import { protocols } from './wires.js'

/** Milliseconds after which no connection may be left that does nothing but begin. */
const latest = 9000

const message = { text: 'a message that is cut in half, at many places', legs: 4, numbers: [1, 2, 3] }
const { Type, frame, endHeaders } = h2

/** What a request looks like that is refused for what stands in its head, and goes on with a body that never ends. */
const refused: Readonly<Record<string, string>> = {
  'of an unknown method': head('/attack.Target/Nothing'),
  'of an unknown path': head('/'),
  'of another content type': head('/attack.Target/Take', 'content-type: text/html'),
  'of an unknown compression': head('/attack.Target/Take', 'content-type: application/json', 'content-encoding: lzma'),
  'of a wrong HTTP method': head('/attack.Target/Take', 'content-type: application/json').replace('POST', 'PUT'),
  'that is over the limit': head('/attack.Target/Take', 'content-type: application/json').replace(
    '100000',
    '999999999',
  ),
  'of a malformed deadline': head('/attack.Target/Take', 'content-type: application/json', 'connect-timeout-ms: soon'),
  'that came too late': head('/attack.Target/Take', 'content-type: application/json', 'connect-timeout-ms: 0'),
  'to a stream, of an unknown compression': head(
    '/attack.Streams/Gather',
    'content-type: application/connect+json',
    'connect-content-encoding: lzma',
  ),
  'to Thrift, of an unknown path': head('/nowhere', 'content-type: application/x-thrift'),
  'to Avro, of an unknown path': head('/nowhere', 'content-type: avro/binary'),
  'in chunks': head('/attack.Target/Nothing').replace(/content-length: \d+/, 'transfer-encoding: chunked'),
  'that expects to be told to go on': head('/attack.Target/Nothing', 'expect: 100-continue'),
  'that expects something else': head('/attack.Target/Take', 'content-type: application/json', 'expect: 200-ok'),
}

function head(path: string, ...fields: string[]): string {
  return [`POST ${path} HTTP/1.1`, 'host: attacked', 'content-length: 100000', ...fields, '', ''].join('\r\n')
}

const chunk = Buffer.from('1\r\nx\r\n')

/** All at once, so that waiting for limits is done once. @returns the names of those that are still open in the end */
async function stillOpen(
  port: number,
  beginnings: Readonly<Record<string, Uint8Array>>,
  rest: (name: string) => Uint8Array,
): Promise<string[]> {
  const open: string[] = []
  await Promise.all(
    Object.entries(beginnings).map(async ([name, bytes]) => {
      const raw = await Raw.open(port, { keep: false })
      raw.send(bytes)
      const stop = drip(raw, rest(name), 100)
      if (!(await raw.closes(latest))) open.push(name)
      stop()
      raw.end()
    }),
  )
  return open.sort()
}

async function dripped(port: number, t: ExecutionContext): Promise<void> {
  const beginnings = Object.fromEntries(Object.entries(refused).map(([name, text]) => [name, Buffer.from(text)]))
  const rest = (name: string) => (name === 'in chunks' ? Buffer.alloc(6000, chunk) : Buffer.alloc(1000, '{'))
  t.is((await stillOpen(port, beginnings, rest)).join(', '), '', 'refused requests that are still open')
}

/** @param begin of one, and how many bytes of it */
async function cut(port: number, t: ExecutionContext, dripping: boolean): Promise<void> {
  const beginnings: Record<string, Uint8Array> = {}
  const rests: Record<string, Uint8Array> = {}
  for (const wire of protocols) {
    const whole = await recorded(wire, port, remote => remote.take(message))
    for (const part of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      const at = Math.floor(whole.length * part)
      beginnings[`${wire} at ${part}`] = whole.subarray(0, at)
      // The last byte never comes.
      rests[`${wire} at ${part}`] = dripping ? whole.subarray(at, whole.length - 1) : Buffer.alloc(0)
    }
  }
  t.is((await stillOpen(port, beginnings, name => rests[name] as Uint8Array)).join(', '), '', 'still open')
}

const drippingHeads: Readonly<Record<string, readonly [string | Uint8Array, Uint8Array]>> = {
  'an HTTP head': ['POST /attack.Target/Take HTTP/1.1\r\n', Buffer.alloc(2000, 'a: b\r\n')],
  'an HTTP request line': ['POST /', Buffer.alloc(2000, 'a')],
  'an HTTP method': ['P', Buffer.alloc(2000, 'O')],
  'chunk extensions': [
    `${head('/attack.Target/Take', 'content-type: application/json').replace(
      /content-length: \d+/,
      'transfer-encoding: chunked',
    )}1`,
    Buffer.alloc(2000, ';a=b'),
  ],
  trailers: [
    `${head('/attack.Target/Take', 'content-type: application/json').replace(/content-length: \d+/, 'transfer-encoding: chunked')}2\r\n{}\r\n0\r\n`,
    Buffer.alloc(2000, 'a: b\r\n'),
  ],
  'the preface of HTTP/2': ['PRI * HTT', Buffer.from('P/2.0\r\n\r\nSM\r\n\r')],
  'a header block': [
    Buffer.concat([h2.start, frame(Type.headers, 0, 1, h2.grpcHead('Target/Take'))]),
    Buffer.alloc(900, frame(Type.continuation, 0, 1)),
  ],
  'a frame of HTTP/2': [Buffer.concat([h2.start, Buffer.from([0, 0x40, 0, 1, 4, 0, 0, 0, 1])]), Buffer.alloc(2000)],
  'DATA of nothing': [
    Buffer.concat([h2.start, frame(Type.headers, endHeaders, 1, h2.grpcHead('Target/Take'))]),
    Buffer.alloc(9000, frame(Type.data, 0, 1)),
  ],
  'the length of a Thrift frame': [Buffer.from([0]), Buffer.from([0, 1])],
  'an Avro frame': [Buffer.from([0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 1, 0]), Buffer.alloc(200)],
}

async function headsThatDrip(port: number, t: ExecutionContext): Promise<void> {
  const beginnings = Object.fromEntries(
    Object.entries(drippingHeads).map(([name, [text]]) => [name, Buffer.from(text as string)]),
  )
  const open = await stillOpen(port, beginnings, name => drippingHeads[name]?.[1] as Uint8Array)
  t.is(open.join(', '), '', 'heads and frames that are still open')
}

export const shapes: readonly Shape[] = [
  {
    name: 'halves of requests, on every wire, that end there or drip, and refused requests whose bodies drip',
    attack: async (port, t) =>
      void (await Promise.all([dripped(port, t), cut(port, t, false), cut(port, t, true), headsThatDrip(port, t)])),
  },
]
