import { type Call, type CallOptions, Code, Headers, RpcError, withCall } from '../../src/index.js'
import { outcome } from '../support/calls.js'
import { Broken, Order, Payload, Reply, repetitions, type Streams, type Unary, type Witness } from './contract.js'
import type { Wire } from './wires.js'

/** The assertions of AVA that scenarios use. Other runtimes have their own. */
export interface Assertions {
  is(actual: unknown, expected: unknown): unknown
  true(actual: unknown): unknown
  deepEqual(actual: unknown, expected: unknown): unknown
  notRegex(text: string, pattern: RegExp): unknown
}

export const kinds = ['unary', 'server streaming', 'client streaming', 'bidi streaming'] as const
export type Kind = (typeof kinds)[number]

/** One call kind over one wire. */
export interface Rig {
  readonly wire: Wire
  readonly kind: Kind
  readonly witness: Witness
  /** Whether one of the two sides uses fetch, which may join the values of a header with a comma and a space. */
  readonly isFetch: boolean
  /** One call with this order, as many times as the kind sends it: every reply there is. */
  readonly send: (order: Partial<Order>, options?: CallOptions) => Promise<Reply[]>
  /** Of a key that no other call has. */
  readonly key: () => string
}

export type Remotes = { readonly unary: Unary; readonly streams: Streams | undefined }

export function sender(kind: Kind, { unary, streams }: Remotes): Rig['send'] {
  return async (parts, given = {}) => {
    const options = { timeout: '90s', ...given } as const
    const order = Object.assign(new Order(), parts)
    if (kind === 'unary') return [await withCall(unary, options).unary(order)]
    const remote = withCall(streams as Streams, options)
    if (kind === 'server streaming') return all(remote.serverStreaming(order))
    if (kind === 'client streaming') return [await remote.clientStreaming(several(order))]
    return all(remote.bidiStreaming(several(order)))
  }
}

async function* several(order: Order): AsyncGenerator<Order> {
  for (let i = 0; i < repetitions; i++) yield order
}

async function all(replies: AsyncIterable<Reply>): Promise<Reply[]> {
  const list: Reply[] = []
  for await (const reply of replies) list.push(reply)
  return list
}

/** What comes back: as many replies as the kind has. */
function count(kind: Kind): number {
  return kind === 'unary' || kind === 'client streaming' ? 1 : repetitions
}

async function echoes(t: Assertions, rig: Rig, payload: Payload): Promise<void> {
  const replies = await rig.send({ key: rig.key(), payload })
  t.is(replies.length, count(rig.kind))
  for (const reply of replies) {
    t.true(reply instanceof Reply)
    t.true(reply.payload instanceof Payload)
    t.deepEqual(plain(reply.payload), plain(payload))
  }
}

/** Bytes may be of any class of bytes. */
function plain(payload: Payload | undefined): unknown {
  if (payload === undefined) return undefined
  return { ...payload, blob: [...payload.blob], inner: plain(payload.inner) }
}

function payload(parts: Partial<Payload>): Payload {
  return Object.assign(new Payload(), parts)
}

async function failure(promise: Promise<unknown>): Promise<RpcError> {
  const { error } = await outcome(promise)
  if (error instanceof RpcError) return error
  throw new Error(`no RpcError, but ${String(error)}`)
}

export interface Scenario {
  readonly name: string
  /** Why this kind over this wire cannot have it; what holds instead is asserted all the same. */
  readonly lacking?: (rig: Pick<Rig, 'wire' | 'kind'>) => string | undefined
  readonly check: (t: Assertions, rig: Rig, lacking: string | undefined) => Promise<void>
}

const min = -(2n ** 63n)
const max = 2n ** 63n - 1n

export const scenarios: readonly Scenario[] = [
  {
    name: 'success',
    check: async (t, rig) => {
      const inner = payload({ text: 'inner', at: new Date(1_700_000_000_123) })
      await echoes(t, rig, payload({ text: 'hello', ratio: 0.1, blob: new Uint8Array([0, 127, 128, 255]), inner }))
    },
  },
  {
    name: 'declared error',
    check: async (t, rig) => {
      const error = await failure(rig.send({ deed: 'declared', key: rig.key() }))
      t.true(error instanceof Broken)
      t.is((error as Broken).part, 'Zahnrad ⚙')
      t.is((error as Broken).serial, 2n ** 62n + 1n)
      t.is(error.code, Code.failed_precondition)
      t.is(error.message, 'Zahnrad ⚙ is broken')
    },
  },
  {
    name: 'undeclared error',
    check: async (t, rig) => {
      const key = rig.key()
      const error = await failure(rig.send({ deed: 'undeclared', key }))
      t.deepEqual([error.code, error.message], [Code.not_found, `no ${key}`])
      const crash = await failure(rig.send({ deed: 'crash', key: rig.key() }))
      t.is(crash.code, Code.internal)
      t.notRegex(`${crash.message} ${JSON.stringify(crash.details)}`, /secret/)
    },
  },
  {
    name: 'deadline',
    check: async (t, rig) => {
      const key = rig.key()
      const noticed = rig.witness.cancellation(key)
      const error = await failure(rig.send({ deed: 'hang', key }, { timeout: '250ms' }))
      t.is(error.code, Code.deadline_exceeded)
      // On a busy machine it may have passed before the handler began.
      if (rig.wire.lacks.headers === undefined && (await rig.witness.seen(key)) > 0)
        t.true([Code.deadline_exceeded, Code.canceled].includes(await noticed))
    },
  },
  {
    name: 'cancel',
    lacking: ({ wire }) => wire.lacks.cancel,
    check: async (t, rig, lacking) => {
      const key = rig.key()
      const noticed = rig.witness.cancellation(key)
      const abort = new AbortController()
      const call = failure(rig.send({ deed: 'hang', key }, { signal: abort.signal }))
      await Promise.race([rig.witness.arrival(key), call])
      abort.abort()
      t.is((await call).code, Code.canceled)
      if (lacking === undefined) t.is(await noticed, Code.canceled)
      else await echoes(t, rig, payload({ text: 'the connection goes on' }))
    },
  },
  {
    name: 'retry with pushback',
    check: async (t, rig) => {
      const key = rig.key()
      // Without the pushback there would be no retry: the backoff is longer than the deadline.
      const [reply] = await rig.send({ deed: 'flaky', key })
      t.is(reply?.attempts, rig.kind === 'client streaming' ? 1 + repetitions : 2)
      if (rig.wire.lacks.headers === undefined) t.is(reply?.previous, 1)
    },
  },
  {
    name: 'headers and trailers',
    lacking: ({ wire, kind }) =>
      wire.lacks.headers ?? (/^(?:server|bidi)/.test(kind) ? wire.lacks.streamTrailers : undefined),
    check: async (t, rig, lacking) => {
      let call: Call | undefined
      const headers = new Headers({ 'x-in': 'one' }).append('x-in', 'two')
      const onEnd = (ended: Call) => {
        call = ended
      }
      const [reply] = await rig.send({ deed: 'headers', key: rig.key() }, { headers, onEnd })
      const heard = rig.isFetch ? reply?.heard.replaceAll(', ', ',') : reply?.heard
      const seen = [heard, call?.replyHeaders.get('x-head'), call?.replyTrailers.get('x-tail')]
      if (rig.wire.lacks.headers !== undefined) {
        t.deepEqual(seen, ['', undefined, undefined])
        return
      }
      t.deepEqual(seen, ['one,two', 'first', lacking === undefined ? 'last' : undefined])
      t.deepEqual([...(call?.replyHeaders.get('x-bytes-bin') ?? [])], [0, 1, 254, 255])
    },
  },
  {
    name: 'large message',
    check: async (t, rig) => {
      const text = 'Größe '.repeat(40_000)
      const blob = Uint8Array.from({ length: 200_000 }, (_, at) => at % 251)
      const longs = Array.from({ length: 10_000 }, (_, i) => BigInt(i) * 1_000_000_007n)
      const replies = await rig.send({ key: rig.key(), payload: payload({ text, blob, longs }) })
      t.is(replies.length, count(rig.kind))
      for (const { payload } of replies) {
        t.true(payload?.text === text && payload.blob.every((byte, at) => byte === at % 251))
        t.is(payload?.blob.length, blob.length)
        t.deepEqual([payload?.longs.length, payload?.longs.at(-1)], [10_000, longs.at(-1)])
      }
    },
  },
  {
    name: 'empty message',
    check: async (t, rig) => {
      const replies = await rig.send({})
      t.is(replies.length, count(rig.kind))
      for (const reply of replies) t.is(reply.payload, undefined)
      await echoes(t, rig, new Payload())
    },
  },
  {
    name: 'unicode',
    check: (t, rig) => {
      const text = 'Grüße, 世界, שלום 👩‍🚀 e\u0301 \u2028 <a b="c">&amp;</a> ]]> \t\r\n \\ " \' \u{10ffff}'
      return echoes(t, rig, payload({ text, counts: new Map([[text, 1n]]) }))
    },
  },
  {
    name: 'int64 edges',
    check: (t, rig) => {
      const longs = [min, max, -1n, 0n, 2n ** 53n + 1n, -(2n ** 53n) - 1n]
      const counts = new Map(longs.map((value, at) => [`n${at}`, value]))
      return echoes(t, rig, payload({ signed: min, unsigned: 2n ** 64n - 1n, longs, counts }))
    },
  },
  {
    name: 'over the limit',
    check: async (t, rig) => {
      const large = { key: rig.key(), payload: payload({ text: 'x'.repeat(2_100_000) }) }
      t.is((await failure(rig.send(large))).code, Code.resource_exhausted)
      await echoes(t, rig, payload({ text: 'the next call works' }))
    },
  },
]
