import { setMaxListeners } from 'node:events'
import type { ExecutionContext } from 'ava'
import { connect, disconnect, withCall } from '../../src/index.js'
import * as h2 from './h2.js'
import { Raw } from './raw.js'
import type { Shape } from './rig.js'
import { pause } from './scene.js'
import { Target } from './target.js'
import { codeOf, over } from './wires.js'

const { Type, frame, endHeaders, endStream } = h2

/** Frames that cost the sender nothing, and how often. What they cost the server is held against small calls of as many bytes. */
const floods: Readonly<Record<string, { readonly bytes: (i: number) => Buffer; readonly times: number }>> = {
  'SETTINGS that ask for an acknowledgement': { bytes: () => h2.settings([4, 65_535]), times: 20_000 },
  'SETTINGS of 1,000 values': {
    bytes: () => h2.settings(...Array.from({ length: 1000 }, (_, i) => [4, 65_535 - i] as const)),
    times: 200,
  },
  'windows that grow and shrink under many streams': {
    bytes: i =>
      i < 100 ? frame(Type.headers, endHeaders, 2 * i + 1, h2.grpcHead('Target/Take')) : h2.settings([4, i % 2]),
    times: 5000,
  },
  PINGs: { bytes: () => frame(Type.ping, 0, 0, '12345678'), times: 20_000 },
  'acknowledged PINGs that nobody sent': { bytes: () => frame(Type.ping, 1, 0, '12345678'), times: 20_000 },
  'PRIORITY of streams that do not exist': {
    bytes: i => frame(Type.priority, 0, 2 * i + 1, Buffer.from([0, 0, 0, 0, 16])),
    times: 20_000,
  },
  'WINDOW_UPDATE of one byte': { bytes: () => frame(Type.windowUpdate, 0, 0, h2.word(1)), times: 20_000 },
  'unknown frames': { bytes: () => frame(0x42, 0, 0), times: 20_000 },
  'empty DATA': {
    bytes: i => (i === 0 ? frame(Type.headers, endHeaders, 1, h2.grpcHead('Target/Take')) : frame(Type.data, 0, 1)),
    times: 20_000,
  },
  'DATA that is nothing but padding': {
    bytes: i =>
      i === 0
        ? frame(Type.headers, endHeaders, 1, h2.grpcHead('Target/Take'))
        : frame(Type.data, 8, 1, Buffer.concat([Buffer.from([255]), Buffer.alloc(255)])),
    times: 2000,
  },
  'empty CONTINUATION': {
    bytes: i => (i === 0 ? frame(Type.headers, 0, 1, h2.grpcHead('Target/Take')) : frame(Type.continuation, 0, 1)),
    times: 20_000,
  },
  'CONTINUATION without an end': {
    bytes: i =>
      i === 0
        ? frame(Type.headers, 0, 1, h2.grpcHead('Target/Take'))
        : frame(Type.continuation, 0, 1, h2.block(['a', 'x'.repeat(8000)])),
    times: 2000,
  },
  'heads of references into the table (HPACK bomb)': {
    bytes: i =>
      i === 0
        ? frame(
            Type.headers,
            endHeaders,
            1,
            Buffer.concat([
              h2.grpcHead('Target/Take'),
              Buffer.from([0x40, 1, 0x61, 0x7f, 0x80 + 1, 0x1e]),
              Buffer.alloc(3968, 'x'),
            ]),
          )
        : frame(Type.headers, endHeaders, 2 * i + 1, Buffer.alloc(16_000, 0xbe)),
    times: 200,
  },
  'table sizes that change': {
    bytes: i => frame(Type.headers, endHeaders | endStream, 2 * i + 1, Buffer.alloc(4000, 0x20)),
    times: 200,
  },
  'heads without a method': {
    bytes: i => frame(Type.headers, endHeaders | endStream, 2 * i + 1, h2.block(['a', 'b'])),
    times: 10_000,
  },
  'streams that are opened and reset (rapid reset)': {
    bytes: i =>
      Buffer.concat([
        frame(Type.headers, endHeaders, 2 * i + 1, h2.grpcHead('Target/Take')),
        frame(Type.reset, 0, 2 * i + 1, h2.word(8)),
      ]),
    times: 10_000,
  },
  'whole calls that are reset at once (rapid reset)': {
    bytes: i =>
      Buffer.concat([h2.grpcCall(2 * i + 1, 'Target/Linger', 1000), frame(Type.reset, 0, 2 * i + 1, h2.word(8))]),
    times: 10_000,
  },
  'streams that make the server reset them (MadeYouReset), by a window': {
    bytes: i =>
      Buffer.concat([
        h2.grpcCall(2 * i + 1, 'Target/Linger', 1000),
        frame(Type.windowUpdate, 0, 2 * i + 1, h2.word(0x7fff_ffff)),
      ]),
    times: 10_000,
  },
  'streams that make the server reset them (MadeYouReset), by a window of nothing': {
    bytes: i =>
      Buffer.concat([
        h2.grpcCall(2 * i + 1, 'Target/Linger', 1000),
        frame(Type.windowUpdate, 0, 2 * i + 1, h2.word(0)),
      ]),
    times: 10_000,
  },
  'streams that make the server reset them (MadeYouReset), by DATA after the end': {
    bytes: i => Buffer.concat([h2.grpcCall(2 * i + 1, 'Target/Linger', 1000), frame(Type.data, 0, 2 * i + 1, 'late')]),
    times: 10_000,
  },
  'streams that make the server reset them (MadeYouReset), by a PRIORITY of the wrong length': {
    bytes: i =>
      Buffer.concat([h2.grpcCall(2 * i + 1, 'Target/Linger', 1000), frame(Type.priority, 0, 2 * i + 1, 'four')]),
    times: 10_000,
  },
  'resets of streams that have ended': {
    bytes: i => (i === 0 ? h2.grpcCall(1, 'Target/Linger', 1) : frame(Type.reset, 0, 1, h2.word(8))),
    times: 20_000,
  },
  'heads that are malformed': {
    bytes: i => frame(Type.headers, endHeaders, 2 * i + 1, h2.grpcHead('Target/Take', ['Upper', 'case'])),
    times: 10_000,
  },
  'more streams than may be open': {
    bytes: i => h2.grpcCall(2 * i + 1, 'Target/Linger', 2000),
    times: 10_000,
  },
}

const asked = frame(Type.ping, 0, 0, 'all read')

/** Sends it, and waits until the server has read it all, has had enough, or (where nobody reads its answers) has had the time to. */
async function flood(port: number, name: string, reads: boolean): Promise<void> {
  const raw = await Raw.open(port, { reads })
  raw.send(Buffer.concat([flooding[name] as Buffer, asked]))
  if (reads) await raw.says('all read', 1000)
  else await raw.closes(100)
  raw.end()
}

const flooding: Readonly<Record<string, Buffer>> = Object.fromEntries(
  Object.entries(floods).map(([name, { bytes, times }]) => [
    name,
    Buffer.concat([h2.start, ...Array.from({ length: times }, (_, i) => bytes(i))]),
  ]),
)

/** Few at once, so that what one of them leaves behind is not lost among the others. */
const flooded = [0, 6, 12, 18].flatMap(first =>
  [true, false].map(
    (reads): Shape => ({
      name: `floods of frames, from the ${first + 1}th on${reads ? '' : ', whose answers nobody reads'}`,
      attack: async (port, _t, { spends }) => {
        for (const name of Object.keys(floods).slice(first, first + 6))
          await spends(name, () => flood(port, name, reads), smallCalls)
      },
    }),
  ),
)

/** 3,000 calls over one connection, half a megabyte. */
async function smallCalls(port: number): Promise<void> {
  await over('grpc://AT', port, async remote => {
    for (let i = 0; i < 30; i++)
      await Promise.all(Array.from({ length: 100 }, () => remote.take({ text: 'a small call' })))
  })
}

const guarded: readonly Shape[] = [
  {
    name: 'one who cancels 900 calls at once, and then 30 a second, loses no other call',
    attack: async (port, t) => {
      const remote = connect(Target, `grpc://127.0.0.1:${port}`, { report: () => {} })
      const other = codeOf(remote.linger(1500))
      for (let i = 0; i < 9; i++) await cancelled(remote, 100)
      for (let i = 0; i < 25; i++) {
        await cancelled(remote, 1)
        await pause(33)
      }
      t.is(await other, undefined, 'the call beside them')
      await disconnect(remote)
    },
  },
  {
    name: 'one who resets more than that ends by a GOAWAY, and a call in flight before it is answered',
    attack: (port, t) => goesAway(port, t),
  },
  {
    name: 'cancelled calls count until their handlers have settled',
    attack: async (port, t) => {
      // Linger does not look at its signal: each of these works on whether its caller waits or not.
      const raw = await Raw.open(port)
      const streams = Array.from({ length: 990 }, (_, i) => 2 * i + 1)
      raw.send(Buffer.concat([h2.start, ...streams.map(id => h2.grpcCall(id, 'Target/Linger', 5000))]))
      await pause(500)
      raw.send(Buffer.concat(streams.map(id => frame(Type.reset, 0, id, h2.word(8)))))
      await pause(100)
      raw.send(Buffer.concat(Array.from({ length: 40 }, (_, i) => h2.grpcCall(2 * (i + 990) + 1, 'Target/Linger', 1))))
      const answer = await raw.answer(400)
      const refused = h2
        .frames(answer)
        .filter(({ type, payload }) => type === Type.reset && payload.readUInt32BE(0) === 7)
      t.true(refused.length >= 20, `${refused.length} of 40 calls over the limit are refused`)
      raw.end()
    },
  },
  {
    name: 'two authorities that differ are refused',
    attack: async (port, t) => {
      for (const fields of [
        [['host', 'other']],
        [
          ['host', 'attacked'],
          ['host', 'other'],
        ],
      ] as const) {
        const raw = await Raw.open(port)
        raw.send(
          Buffer.concat([
            h2.start,
            frame(Type.headers, endHeaders, 1, h2.grpcHead('Target/Linger', ...fields)),
            frame(Type.data, endStream, 1, h2.grpcNumber(1)),
          ]),
        )
        const got = h2.frames(await raw.answer())
        const reset = got.some(({ type, stream }) => type === Type.reset && stream === 1)
        const status = got.some(({ type, payload }) => type === Type.headers && payload.includes('400'))
        t.true(reset || status || got.some(({ type }) => type === Type.goaway), `refused: ${JSON.stringify(fields)}`)
        raw.end()
      }
    },
  },
]

async function goesAway(port: number, t: ExecutionContext): Promise<void> {
  const raw = await Raw.open(port)
  const resets = Array.from({ length: 1500 }, (_, i) =>
    Buffer.concat([
      frame(Type.headers, endHeaders, 2 * i + 3, h2.grpcHead('Target/Take')),
      frame(Type.reset, 0, 2 * i + 3, h2.word(8)),
    ]),
  )
  raw.send(Buffer.concat([h2.start, h2.grpcCall(1, 'Target/Linger', 1000), ...resets]))
  const got = h2.frames(await raw.answer(1500))
  t.true(
    got.some(({ type }) => type === Type.goaway),
    'a GOAWAY',
  )
  t.true(
    got.some(({ type, stream, flags }) => type === Type.headers && stream === 1 && (flags & endStream) !== 0),
    'the call before is answered to its end',
  )
  raw.end()
}

/** So many calls, each cancelled once it is on its way. */
async function cancelled(remote: Target, count: number): Promise<void> {
  const controller = new AbortController()
  setMaxListeners(count + 1, controller.signal)
  const calls = Array.from({ length: count }, () => codeOf(withCall(remote, { signal: controller.signal }).linger(20)))
  await pause(2)
  controller.abort()
  await Promise.all(calls)
}

export const shapes: readonly Shape[] = [...flooded, ...guarded]
