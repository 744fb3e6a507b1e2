import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import fc from 'fast-check'
import { avro } from '../../src/codecs/avro/codec.js'
import type { Codec } from '../../src/codecs/codec.js'
import { json } from '../../src/codecs/json/codec.js'
import { msgpack, msgpackCompact } from '../../src/codecs/msgpack/codec.js'
import { protobuf } from '../../src/codecs/protobuf/codec.js'
import { thriftBinary, thriftCompact, thriftJson } from '../../src/codecs/thrift/codec.js'
import { Fault } from '../../src/codecs/values/fault.js'
import { v8KeyHash } from '../../src/codecs/values/v8-key-hash.js'
import { ValueCount } from '../../src/codecs/values/value-count.js'
import { xml } from '../../src/codecs/xml/codec.js'
import { Code } from '../../src/core/code.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Field, Message } from '../../src/decorators/message.js'
import { bool, double, int32, int64, mapOf, setOf, uint32 } from '../../src/schema/algebra.js'
import { collidingDoubles, collidingInts, collidingLongs } from './colliding-keys.js'
import { compile } from './contract.js'
import { cpuOf, leastCpuOf } from './cost.js'

const codecs = [protobuf, json, xml, msgpack, msgpackCompact, avro, thriftBinary, thriftCompact, thriftJson]

@Message('flood.Keyed')
class Keyed {
  @Field(1, setOf(int32)) ints: Set<number> = new Set()
  @Field(2, setOf(uint32)) unsigned: Set<number> = new Set()
  @Field(3, setOf(int64)) longs: Set<bigint> = new Set()
  @Field(4, setOf(double)) doubles: Set<number> = new Set()
  @Field(5, mapOf(int32, bool)) byInt: Map<number, boolean> = new Map()
  @Field(6, mapOf(int64, bool)) byLong: Map<bigint, boolean> = new Map()
}

/** Is written like a Set of these keys, without the time that a real one would take. */
class SetOf<K> extends Set<K> {
  constructor(private readonly list: readonly K[]) {
    super()
  }
  override get size(): number {
    return this.list.length
  }
  override *[Symbol.iterator](): SetIterator<K> {
    yield* this.list
  }
}

class MapOf<K> extends Map<K, boolean> {
  constructor(private readonly list: readonly K[]) {
    super()
  }
  override get size(): number {
    return this.list.length
  }
  override *[Symbol.iterator](): MapIterator<[K, boolean]> {
    for (const key of this.list) yield [key, true]
  }
}

const many = 100_000
const few = 4_000
const ints = collidingInts(many)
const longs = collidingLongs(8000)
const doubles = collidingDoubles(8000)
const indices = Array.from({ length: many }, (_, index) => index)

const hostile: Readonly<Record<keyof Keyed, object>> = {
  ints: new SetOf(ints.slice(0, few)),
  // Beyond 2^31 a number is hashed as a double.
  unsigned: new SetOf(ints.filter(key => key >= 0).slice(0, few)),
  longs: new SetOf(longs.slice(0, few)),
  doubles: new SetOf(doubles.slice(0, few)),
  byInt: new MapOf(ints.slice(0, few)),
  byLong: new MapOf(longs.slice(0, few)),
}

function refusal(codec: Codec, bytes: Uint8Array): unknown {
  try {
    return compile(codec, Keyed).decode(bytes)
  } catch (error) {
    return error
  }
}

for (const codec of codecs) {
  test(`${codec.name}: sets and maps whose keys collide are refused`, t => {
    const serializer = compile(codec, Keyed)
    for (const [field, keys] of Object.entries(hostile)) {
      const error = refusal(codec, serializer.encode({ ...new Keyed(), [field]: keys }))
      if (!(error instanceof RpcError)) return t.fail(`${field}: nothing was thrown`)
      t.is(error.code, Code.resource_exhausted)
      t.is(error.reason, 'keys_collide')
      // JSON that is scanned has no path.
      if (codec !== json) t.true(error.message.startsWith(field), error.message)
    }
    return undefined
  })

  test(`${codec.name}: 100,000 keys that collide cost no more than 8 times as many ordinary ones`, t => {
    const serializer = compile(codec, Keyed)
    const ordinary = serializer.encode({ ...new Keyed(), ints: new SetOf(indices) })
    const bytes = serializer.encode({ ...new Keyed(), ints: new SetOf(ints) })
    const price = leastCpuOf(2, () => serializer.decode(ordinary))
    const cost = cpuOf(() => refusal(codec, bytes))
    t.true(cost < 8 * price, `${cost} us, ordinary ${price} us`)
  })

  test(`${codec.name}: large sets and maps of numbers arrive as they were`, t => {
    const serializer = compile(codec, Keyed)
    const message = Object.assign(new Keyed(), {
      ints: new Set(indices.slice(0, 2000).map(index => 7 * index - 1000)),
      longs: new Set(indices.slice(0, 2000).map(index => (BigInt(index) << 40n) - 5n)),
      doubles: new Set(indices.slice(0, 2000).map(index => index / 8)),
      byInt: new Map(indices.slice(0, 2000).map(index => [index, index % 2 === 0])),
    })
    t.true(isDeepStrictEqual(serializer.decode(serializer.encode(message)), message))
  })
}

test('one key that is sent again and again is refused where each look-up of it is long', t => {
  const values = new ValueCount()
  const set = new Set<number>()
  const add = (key: number) => {
    set.add(key)
    values.added(set, key)
  }
  const chain = ints.slice(0, 100)
  for (const key of chain) add(key)
  for (let key = 0; set.size < 10_000; key++) add(key)
  for (const key of chain) add(key)
  let times = 0
  t.is(
    faultOf(() => {
      for (; times < 100_000; times++) add(chain[0] as number)
    })?.reason,
    'keys_collide',
  )
  t.true(times > 1000)
})

function faultOf(action: () => void): Fault | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}

for (const [name, hostile, ordinary] of [
  ['numbers', ints, indices],
  ['bigints', longs, indices.map(BigInt)],
  ['doubles', doubles, indices.map(index => index + 0.5)],
] as const) {
  test(`V8 files ${name} by the hash that is computed here`, t => {
    const fill = (keys: readonly unknown[]) => () => new Set(keys.slice(0, 8000))
    const spread = leastCpuOf(3, fill(ordinary))
    const collided = cpuOf(fill(hostile))
    t.true(
      collided > 8 * spread,
      `${collided} us, ordinary ${spread} us: V8 has another hash now; see docs/decisions/hash-flooding.md`,
    )
  })
}

const keyPatterns: Readonly<
  Record<string, (random: () => number, shift: number) => (index: number) => number | bigint>
> = {
  'int32 in steps': (random, shift) => {
    const start = random() | 0
    return index => (start + index * 2 ** (shift % 20)) | 0
  },
  'int32 in odd steps': (random, shift) => {
    const step = 2 * (shift + 1) + 1
    const start = random() | 0
    return index => (start + index * step) | 0
  },
  'random int32': random => () => random() | 0,
  'random uint32': random => () => random() >>> 0,
  'numbers below and above 0': () => index => (index % 2 === 0 ? index : -index),
  'packed pairs': (_random, shift) => index => ((index % 256) << (8 + (shift % 16))) | (index >>> 8),
  'powers and their neighbours': () => index => 2 ** (index % 50) + Math.floor(index / 50),
  'times in milliseconds': (random, shift) => {
    const start = 1_700_000_000_000 + (random() >>> 0)
    return index => start + index * 1000 * (shift + 1)
  },
  'large integers in steps': (random, shift) => {
    const start = (random() >>> 0) * 2 ** 20
    return index => start + index * 2 ** (shift % 20)
  },
  fractions: (_random, shift) => index => index / (shift + 3),
  'floats of 32 bits': (_random, shift) => index => Math.fround(0.1 * (shift + 1) * index),
  'bigints in steps': (random, shift) => {
    const start = BigInt(random())
    return index => start + (BigInt(index) << BigInt(shift))
  },
  'negative bigints': (_random, shift) => index => -(BigInt(index) << BigInt(shift)),
  'times in nanoseconds': (_random, shift) => index =>
    1_700_000_000_000_000_000n + BigInt(index * (shift + 1)) * 1_000_000n,
  'snowflake ids': (random, shift) => index =>
    (BigInt(1_700_000_000_000 + index * shift) << 22n) | (BigInt(random() & 31) << 12n) | BigInt(index & 4095),
  'random bigints': random => () => (BigInt(random() >>> 0) << 32n) | BigInt(random() >>> 0),
}

for (const [name, pattern] of Object.entries(keyPatterns)) {
  test(`never refused: ${name}`, t => {
    fc.assert(
      fc.property(fc.nat({ max: 40 }), fc.integer(), fc.integer({ min: 300, max: 3000 }), (shift, seed, length) => {
        const key = pattern(generator(seed), shift)
        const values = new ValueCount()
        const set = new Set<number | bigint>()
        for (let index = 0; index < length; index++) {
          const next = key(index)
          set.add(next)
          values.added(set, next)
        }
      }),
      { numRuns: 20 },
    )
    const key = pattern(generator(1), 12)
    t.notThrows(() =>
      new ValueCount().setOf(
        Array.from({ length: 50_000 }, (_, index) => key(index)),
        4,
      ),
    )
  })
}

/** Of 32 bits (Mulberry32). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return value ^ (value >>> 14)
  }
}

test('the hashes of edges', t => {
  t.is(v8KeyHash(0), v8KeyHash(-0))
  t.is(v8KeyHash(5n), v8KeyHash(-5n))
  t.is(v8KeyHash(2n ** 63n), v8KeyHash(-(2n ** 63n)))
  t.is(v8KeyHash(0n), 0)
  t.is(v8KeyHash(Number.NaN), 2 ** 31 - 1)
})
