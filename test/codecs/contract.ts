import { inspect, isDeepStrictEqual } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { encodeAfter } from '../../src/codecs/bytes/headroom.js'
import type { Codec, Serializer } from '../../src/codecs/codec.js'
import { Any } from '../../src/codecs/protobuf/any.js'
import { Code } from '../../src/core/code.js'
import { defaultLimits } from '../../src/core/limits.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Empty as Nothing } from '../../src/decorators/empty.js'
import { int64, struct, timestamp, wrapped } from '../../src/schema/algebra.js'
import type { JsonValue } from '../../src/schema/json-value.js'
import type { MessageSchema } from '../../src/schema/message.js'
import { messageSchemaOf } from '../../src/schema/resolve.js'
import { arbitraryMessages } from './arbitrary.js'
import {
  AlarmV1,
  AlarmV2,
  Animal,
  Choice,
  Dog,
  Empty,
  Initial,
  Item,
  Level,
  Lists,
  Maps,
  Mood,
  make,
  Optionals,
  OutOfStock,
  PersonV1,
  PersonV2,
  Scalars,
  SignalV1,
  SignalV2,
  ToneV1,
  ToneV2,
  Tree,
  WellKnown,
} from './fixture.js'

type MessageClass<T = unknown> = new () => T

export function compile<T>(codec: Codec, type: MessageClass<T>, depth = 64): Serializer<T> {
  return codec.compile(messageSchemaOf(type) as MessageSchema<T>, { depth, values: defaultLimits.values })
}

/** Asserts that `action` throws an RpcError of `invalid_argument`, and nothing else; returns it. */
export function invalid(t: ExecutionContext, action: () => unknown, message?: RegExp | string): RpcError {
  try {
    action()
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    t.is(error.code, Code.invalid_argument)
    if (typeof message === 'string') t.is(error.message, message)
    else if (message !== undefined) t.regex(error.message, message)
    return error
  }
  throw new Error('expected an RpcError, but nothing was thrown')
}

const maxInt64 = 2n ** 63n - 1n
const text = 'naïve — 日本語 \u{1F600} "quoted" \\ \n \0 \u2028'

/** What every codec must bring through unchanged. */
const roundTrips: Readonly<Record<string, readonly object[]>> = {
  'zero values': [new Scalars(), new Lists(), new Maps(), new Choice(), new Tree(), new Empty(), new Optionals()],
  numbers: [
    make(Scalars, { double: 0.1, float: 0.5, int8: -128, int16: -32768, int32: -(2 ** 31), uint32: 2 ** 32 - 1 }),
    make(Scalars, {
      double: -1.7976931348623157e308,
      float: 1.5 * 2 ** 100,
      int8: 127,
      int16: 32767,
      int32: 2 ** 31 - 1,
    }),
    make(Scalars, { double: 5e-324, sint32: -(2 ** 31), fixed32: 2 ** 32 - 1, sfixed32: -(2 ** 31), uint32: 1 }),
    make(Scalars, { sint32: 2 ** 31 - 1, sfixed32: 2 ** 31 - 1, fixed32: 1, int32: -1 }),
    make(Scalars, { double: Number.NaN, float: Number.NaN }),
    make(Scalars, { double: Number.POSITIVE_INFINITY, float: Number.NEGATIVE_INFINITY }),
    make(Scalars, { double: -0, float: -0 }),
  ],
  '64-bit integers': [
    make(Scalars, {
      int64: maxInt64,
      uint64: 2n ** 64n - 1n,
      sint64: maxInt64,
      fixed64: 2n ** 64n - 1n,
      sfixed64: maxInt64,
    }),
    make(Scalars, { int64: -(2n ** 63n), sint64: -(2n ** 63n), sfixed64: -(2n ** 63n), uint64: 1n, fixed64: 1n }),
    make(Scalars, { int64: -1n, sint64: -1n, sfixed64: -1n }),
    ...[31n, 32n, 52n, 53n, 54n, 62n].flatMap(bit =>
      [2n ** bit - 1n, 2n ** bit, 2n ** bit + 1n].flatMap(n => [
        make(Scalars, { int64: n, uint64: n, sint64: n, fixed64: n, sfixed64: n }),
        make(Scalars, { int64: -n, sint64: -n, sfixed64: -n }),
      ]),
    ),
    ...[7n, 14n, 21n, 28n, 35n, 42n, 49n, 56n, 63n].flatMap(bit => [
      make(Scalars, { uint64: 2n ** bit - 1n, sint64: 2n ** (bit - 1n) }),
      make(Scalars, { uint64: 2n ** bit, sint64: -(2n ** (bit - 1n)) }),
    ]),
  ],
  'text and bytes': [
    make(Scalars, {
      string: text,
      bytes: new Uint8Array([0, 255, 128, 10, 34]),
      uuid: 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
    }),
    make(Scalars, { string: 'x'.repeat(127), bytes: new Uint8Array(127) }),
    make(Scalars, { string: 'x'.repeat(128), bytes: new Uint8Array(128).fill(7) }),
    make(Scalars, { string: `${'x'.repeat(60)}é`, bytes: new Uint8Array(1) }),
    make(Scalars, { string: '\u{1F600}'.repeat(5000), bytes: new Uint8Array(70_000).fill(1) }),
    make(Scalars, { string: '\ufffd\ufeff\ud7ff\ue000' }),
    make(Scalars, { string: '\ufeffbom' }),
  ],
  'timestamps and durations': [
    make(Scalars, { timestamp: new Date('2026-02-28T23:59:59.999Z'), duration: 1500 }),
    make(Scalars, { timestamp: new Date(0), duration: 0 }),
    make(Scalars, { timestamp: new Date(-1), duration: -0.5 }),
    make(Scalars, { timestamp: new Date('0001-01-01T00:00:00Z'), duration: 315_576_000_000_000 }),
    make(Scalars, { timestamp: new Date('9999-12-31T23:59:59.999Z'), duration: -86_400_000.25 }),
  ],
  'well-known types': [
    new WellKnown(),
    make(WellKnown, {
      struct: {
        text: 'x',
        number: -1.5,
        yes: true,
        no: false,
        none: null,
        list: [1, [], {}],
        nested: { a: { b: [null] } },
      },
      value: { a: 1 },
      listValue: ['a', 2, null, { b: [] }],
      fieldMask: ['note', 'card.last_digits'],
      text: text,
      long: maxInt64,
      numbers: [0, -1, 7],
      values: new Map<string, JsonValue>([
        ['none', null],
        ['list', [1, 2]],
        ['', 'x'],
      ]),
      detail: { case: 'name', value: 'x' },
      list: [null, true, 'x', 1e300, {}],
      flag: true,
      blob: new Uint8Array([0, 255]),
      nothing: new Nothing(),
    }),
    make(WellKnown, { struct: {}, value: null, listValue: [], fieldMask: [] }),
    make(WellKnown, { text: '', long: 0n, flag: false, blob: new Uint8Array(0) }),
    make(WellKnown, { value: 0, detail: { case: 'json', value: null } }),
    make(WellKnown, { value: false, detail: { case: 'json', value: '' } }),
    make(WellKnown, { value: '', detail: { case: 'name', value: '' } }),
    make(WellKnown, { detail: { case: 'none', value: null } }),
    make(WellKnown, { value: [], detail: { case: 'mask', value: [] } }),
    make(WellKnown, { any: Any.pack(Item, make(Item, { name: 'pen', price: 1.25 })) }),
    make(WellKnown, { any: Any.pack(Item, new Item()) }),
    make(WellKnown, { any: new Any() }),
    make(WellKnown, { any: Any.pack(Any, Any.pack(Item, make(Item, { name: 'pen' }))) }),
    make(WellKnown, { any: Any.pack(timestamp, new Date(1)) }),
    make(WellKnown, { any: Any.pack(struct, { a: [1, 'x'.repeat(200)] }) }),
    make(WellKnown, { any: Any.pack(wrapped(int64), -1n) }),
    make(WellKnown, { any: Any.pack(WellKnown, make(WellKnown, { value: null, text: 'x' })) }),
  ],
  enums: [
    make(Scalars, { level: Level.high, mood: Mood.wild }),
    make(Optionals, { level: Level.none, mood: Mood.calm }),
  ],
  'optional fields that are zero': [
    make(Optionals, { double: 0, int32: 0, int64: 0n, bool: false, string: '', bytes: new Uint8Array(0) }),
  ],
  'lists and sets': [
    make(Lists, {
      doubles: [0, 1.5, -1],
      ints: [0, -1, 2 ** 31 - 1],
      longs: [0n, -1n, maxInt64],
      bools: [true, false],
      strings: ['', 'a', text],
      blobs: [new Uint8Array(0), new Uint8Array([1, 2])],
      levels: [Level.none, Level.high],
      moods: [Mood.wild, Mood.calm],
      items: [new Item(), make(Item, { name: 'pen', price: 1.25 })],
      times: [new Date(0), new Date(1)],
      durations: [0, 1],
      tags: new Set(['b', 'a', '']),
      numbers: new Set([3, 1, 0]),
      floats: [0, 0.25],
      fixed: [0n, 2n ** 64n - 1n],
    }),
    make(Lists, {
      ints: Array.from({ length: 1000 }, (_, n) => n * n),
      items: Array.from({ length: 300 }, () => new Item()),
    }),
  ],
  maps: [
    make(Maps, {
      counts: new Map([
        ['', 0n],
        ['a', -1n],
        [text, maxInt64],
      ]),
      names: new Map([
        [-1, ''],
        [0, 'zero'],
      ]),
      votes: new Map([
        [true, 0],
        [false, 1],
      ]),
      items: new Map([
        [0n, new Item()],
        [maxInt64, make(Item, { name: 'x' })],
      ]),
      moods: new Map([
        ['x', Mood.wild],
        ['y', Mood.calm],
      ]),
      blobs: new Map([['x', new Uint8Array([9])]]),
      times: new Map([[1, new Date(5)]]),
    }),
    make(Maps, { counts: new Map(['__proto__', 'constructor', 'prototype', 'toString'].map(key => [key, 1n])) }),
  ],
  'oneOf cases': [
    make(Choice, { contact: { case: 'email', value: 'a@b.c' }, note: 'x' }),
    make(Choice, { contact: { case: 'email', value: '' } }),
    make(Choice, { contact: { case: 'phone', value: 0n } }),
    make(Choice, { contact: { case: 'item', value: make(Item, { price: 2 }) } }),
    make(Choice, { contact: { case: 'item', value: new Item() } }),
    make(Choice, { contact: { case: 'mood', value: Mood.calm } }),
    make(Choice, { contact: { case: 'at', value: new Date(7) } }),
  ],
  'recursive messages': [
    make(Tree, {
      name: 'root',
      left: make(Tree, { name: 'l', left: new Tree() }),
      children: [new Tree(), make(Tree, { children: [make(Tree, { name: 'leaf' })] })],
      named: new Map([['x', make(Tree, { name: 'y', named: new Map([['z', new Tree()]]) })]]),
    }),
    nested(64),
  ],
  inheritance: [make(Dog, { name: 'Rex', legs: 3, barks: false }), new Dog(), make(Animal, { legs: 0 })],
}

/** A tree of so many messages below the first. */
function nested(levels: number): Tree {
  let tree = new Tree()
  for (let level = 0; level < levels; level++) tree = make(Tree, { left: tree })
  return tree
}

/** Values that no type takes, and the place the error must name. */
const misfits: readonly (readonly [type: MessageClass, values: Record<string, unknown>, path: string])[] = [
  ...(['double', 'float', 'int8', 'int16', 'int32', 'uint32', 'sint32', 'fixed32', 'sfixed32'] as const).flatMap(key =>
    [1n, '1', true, {}, []].map(value => [Scalars, { [key]: value }, key] as const),
  ),
  ...(['int8', 'int16', 'int32', 'uint32', 'sint32', 'fixed32', 'sfixed32'] as const).flatMap(key =>
    [1.5, Number.NaN, 2 ** 33, -(2 ** 33), Number.POSITIVE_INFINITY].map(
      value => [Scalars, { [key]: value }, key] as const,
    ),
  ),
  ...(['int64', 'uint64', 'sint64', 'fixed64', 'sfixed64'] as const).flatMap(key =>
    [1, '1', 2n ** 64n, -(2n ** 63n) - 1n, true].map(value => [Scalars, { [key]: value }, key] as const),
  ),
  [Scalars, { int8: 128 }, 'int8'],
  [Scalars, { int16: -32769 }, 'int16'],
  [Scalars, { uint32: -1 }, 'uint32'],
  [Scalars, { fixed32: -1 }, 'fixed32'],
  [Scalars, { uint64: -1n }, 'uint64'],
  [Scalars, { float: 1e39 }, 'float'],
  [Scalars, { bool: 1 }, 'bool'],
  [Scalars, { string: 5 }, 'string'],
  [Scalars, { bytes: 'x' }, 'bytes'],
  [Scalars, { bytes: [1] }, 'bytes'],
  [Scalars, { timestamp: 5 }, 'timestamp'],
  [Scalars, { timestamp: new Date(Number.NaN) }, 'timestamp'],
  [Scalars, { timestamp: new Date('+010000-01-01T00:00:00Z') }, 'timestamp'],
  [Scalars, { duration: '1s' }, 'duration'],
  [Scalars, { duration: Number.NaN }, 'duration'],
  [Scalars, { duration: 1e18 }, 'duration'],
  [Scalars, { level: 'high' }, 'level'],
  [Scalars, { level: 1.5 }, 'level'],
  [Scalars, { mood: 'SAD' }, 'mood'],
  [Scalars, { mood: 0 }, 'mood'],
  [Lists, { ints: 5 }, 'ints'],
  [Lists, { ints: new Set([1]) }, 'ints'],
  [Lists, { ints: [1, 2, 'x'] }, 'ints[2]'],
  [Lists, { strings: ['a', null] }, 'strings[1]'],
  [Lists, { items: [new Item(), { price: 'x' }] }, 'items[1].price'],
  [Lists, { items: [undefined] }, 'items[0]'],
  [Lists, { tags: ['a'] }, 'tags'],
  [Lists, { numbers: new Set([1, 'x']) }, 'numbers[1]'],
  [Maps, { counts: { a: 1n } }, 'counts'],
  [Maps, { counts: new Map<unknown, unknown>([['a', 1]]) }, 'counts["a"]'],
  [Maps, { counts: new Map<unknown, unknown>([[1, 1n]]) }, 'counts["1"]'],
  [Maps, { items: new Map<unknown, unknown>([[7n, { name: 1 }]]) }, 'items["7"].name'],
  [WellKnown, { struct: [] }, 'struct'],
  [WellKnown, { struct: new Map() }, 'struct'],
  [WellKnown, { struct: { a: { b: undefined } } }, 'struct'],
  [WellKnown, { struct: { a: 1n } }, 'struct'],
  [WellKnown, { struct: JSON.parse('{"__proto__":1}') }, 'struct'],
  [WellKnown, { value: new Date(0) }, 'value'],
  [WellKnown, { value: '\ud800' }, 'value'],
  [WellKnown, { listValue: {} }, 'listValue'],
  [WellKnown, { detail: { case: 'none', value: 0 } }, 'none'],
  [WellKnown, { fieldMask: 'a' }, 'fieldMask'],
  [WellKnown, { fieldMask: ['a,b'] }, 'fieldMask'],
  [WellKnown, { text: 1 }, 'text'],
  [WellKnown, { list: [undefined] }, 'list[0]'],
  [Choice, { contact: { case: 'fax', value: 1 } }, 'contact'],
  [Choice, { contact: 'email' }, 'contact'],
  [Choice, { contact: { case: 'email', value: 1 } }, 'email'],
  [Choice, { contact: { case: 'email' } }, 'email'],
  [Choice, { contact: { case: 'item', value: { price: '' } } }, 'item.price'],
  [Tree, { left: { left: { name: 1 } } }, 'left.left.name'],
  [Tree, { left: 'x' }, 'left'],
  [Tree, { left: [] }, 'left'],
]

export interface ContractOptions {
  /** Titles of cases that the codec cannot pass, each with its reason. */
  readonly skips?: Readonly<Record<string, string>>
  /**
   * What a reader makes of an enum's member that it does not have. `left out`: nothing, since the wire has only the name. `number`: an open
   * enum keeps the number. `enum default`: the enum's default, as in Avro. Default: `left out`.
   */
  readonly newMembers?: 'left out' | 'number' | 'enum default'
}

/** The whole list of what any codec must do; each codec's test is one call, plus what its own format can get wrong. */
export function codecContract(codec: Codec, { skips = {}, newMembers = 'left out' }: ContractOptions = {}): void {
  const titled = (title: string, run: (t: ExecutionContext) => void) => {
    const reason = skips[title]
    if (reason === undefined) test(`${codec.name}: ${title}`, run)
    else test.skip(`${codec.name}: ${title} (${reason})`, run)
  }
  roundTripCases(codec, titled)
  evolutionCases(codec, titled)
  newMemberCases(codec, titled, newMembers)
  initialElementsCases(codec, titled)
  encodeFaultCases(codec, titled)
  hostileInputCases(codec, titled)
}

type Titled = (title: string, run: (t: ExecutionContext) => void) => void

/** Deep equality in which maps and sets have no order. */
function same(t: ExecutionContext, actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) t.pass()
  else t.fail(`expected ${inspect(expected)}, got ${inspect(actual)}`)
}

function roundTripCases(codec: Codec, titled: Titled): void {
  for (const [title, messages] of Object.entries(roundTrips)) {
    titled(`${title} survive a round trip`, t => {
      for (const message of messages) {
        const serializer = compile(codec, message.constructor as MessageClass)
        same(t, serializer.decode(serializer.encode(message)), message)
      }
    })
  }
  titled('a typed error survives a round trip', t => {
    const serializer = compile(codec, OutOfStock)
    const made = serializer.decode(serializer.encode(make(OutOfStock, { sku: 'pen', left: 2 })))
    t.true(made instanceof OutOfStock)
    t.is(made.sku, 'pen')
    t.is(made.left, 2)
  })
  titled('what is decoded is an instance of the class, with its methods', t => {
    const serializer = compile(codec, Dog)
    const dog = serializer.decode(serializer.encode(make(Dog, { name: 'Rex' })))
    t.true(dog instanceof Dog)
    t.is(dog.hello(), 'I am Rex')
  })
  titled('plain objects encode as instances do', t => {
    const serializer = compile(codec, Lists)
    const plain = { items: [{ name: 'pen' }], ints: [1] } as Lists
    same(
      t,
      serializer.decode(serializer.encode(plain)),
      make(Lists, { items: [make(Item, { name: 'pen' })], ints: [1] }),
    )
  })
  titled('null and undefined are absent', t => {
    const serializer = compile(codec, Scalars)
    const empty = Object.fromEntries(
      Object.keys(new Scalars()).map((key, at) => [key, at % 2 === 0 ? null : undefined]),
    )
    same(t, serializer.decode(serializer.encode(empty as unknown as Scalars)), new Scalars())
  })
  titled('a lone surrogate is not written', t => {
    const serializer = compile(codec, Scalars)
    for (const lone of ['\ud800', 'a\udc00b', `${'x'.repeat(100)}\ud83d`, 'é\ud800\ud83d\ude00']) {
      const error = invalid(t, () => serializer.encode(make(Scalars, { string: lone })))
      t.is(error.message, 'string: expected string, got text with half a surrogate pair')
    }
    invalid(t, () => compile(codec, Lists).encode(make(Lists, { strings: ['a', '\ud800'] })), /^strings\[1\]: /)
    invalid(t, () => compile(codec, Maps).encode(make(Maps, { counts: new Map([['\ud800', 1n]]) })), /^counts\[/)
  })
  titled('half a surrogate pair in UTF-8 is refused', t => {
    const serializer = compile(codec, Scalars)
    const bytes = Buffer.from(serializer.encode(make(Scalars, { string: 'abc' })))
    bytes.set([0xed, 0xa0, 0x80], bytes.indexOf('abc'))
    invalid(t, () => serializer.decode(bytes))
  })
  titled('two messages that are decoded share nothing', t => {
    const serializer = compile(codec, Lists)
    const bytes = serializer.encode(new Lists())
    const [one, other] = [serializer.decode(bytes), serializer.decode(bytes)]
    one.ints.push(1)
    one.tags.add('x')
    same(t, other, new Lists())
  })
  titled('what is decoded outlives the bytes it came from', t => {
    const serializer = compile(codec, Scalars)
    const message = make(Scalars, { bytes: new Uint8Array([1, 2, 3]), string: 'abc', uint64: 2n ** 60n })
    const bytes = Uint8Array.from(serializer.encode(message))
    const decoded = serializer.decode(bytes)
    bytes.fill(0xff)
    same(t, decoded, message)
  })
  titled('what is encoded is not written to again', t => {
    const serializer = compile(codec, Scalars)
    const first = serializer.encode(make(Scalars, { string: 'first' }))
    const copy = Uint8Array.from(first)
    for (let n = 0; n < 2000; n++) serializer.encode(make(Scalars, { string: `other ${n}`.repeat(n % 50) }))
    same(t, Uint8Array.from(first), copy)
  })
  titled('room is left in front of what is encoded', t => {
    const serializer = compile(codec, Scalars)
    const message = make(Scalars, { string: text })
    for (const headroom of [0, 1, 5, 40_000]) {
      const bytes = encodeAfter(serializer, message, headroom)
      same(t, Uint8Array.from(bytes.subarray(headroom)), Uint8Array.from(serializer.encode(message)))
      bytes.fill(0, 0, headroom)
    }
    invalid(t, () => encodeAfter(serializer, make(Scalars, { int32: 0.5 }), 5), /^int32: /)
  })
  titled('a message is decoded from the middle of a larger buffer', t => {
    const serializer = compile(codec, Scalars)
    const message = make(Scalars, { string: text, double: 1.5, fixed64: 7n, bytes: new Uint8Array([5]) })
    const bytes = serializer.encode(message)
    const larger = new Uint8Array(bytes.length + 20).fill(0x5a)
    larger.set(bytes, 7)
    same(t, serializer.decode(larger.subarray(7, 7 + bytes.length)), message)
  })
  titled('any message survives a round trip', t => {
    for (const [type, messages] of arbitraryMessages) {
      const serializer = compile(codec, type as MessageClass<object>)
      fc.assert(
        fc.property(messages, message => same(t, serializer.decode(serializer.encode(message)), message)),
        { numRuns: 60 },
      )
    }
  })
}

function evolutionCases(codec: Codec, titled: Titled): void {
  titled('fields that the reader does not know are skipped', t => {
    const bytes = compile(codec, PersonV2).encode(
      make(PersonV2, {
        name: 'Ann',
        age: 7,
        email: 'a@b.c',
        tags: ['x', 'y'],
        retries: 9,
        item: make(Item, { name: 'pen' }),
        stock: new Map([['a', new Item()]]),
        weight: 1.5,
        checksum: 77,
      }),
    )
    const person = compile(codec, PersonV1).decode(bytes)
    // protobuf keeps them out of sight.
    const known = Object.fromEntries(Object.entries(person))
    same(t, make(PersonV1, known), make(PersonV1, { name: 'Ann' }))
  })
  titled('fields that the writer does not know take their defaults', t => {
    const bytes = compile(codec, PersonV1).encode(make(PersonV1, { name: 'Ann' }))
    same(t, compile(codec, PersonV2).decode(bytes), make(PersonV2, { name: 'Ann' }))
  })
}

function newMemberCases(codec: Codec, titled: Titled, newMembers: NonNullable<ContractOptions['newMembers']>): void {
  titled('members of an enum that the reader does not have do not break it', t => {
    const { blinking } = SignalV2
    const { shrill } = ToneV2
    const bytes = compile(codec, AlarmV2).encode(
      make(AlarmV2, {
        signal: blinking,
        tone: shrill,
        initial: shrill,
        maybe: shrill,
        list: [ToneV2.high, shrill, ToneV2.low],
        set: new Set([shrill, ToneV2.high]),
        values: new Map([
          ['a', shrill],
          ['b', ToneV2.high],
        ]),
        keys: new Map([
          [ToneV2.low, 'known'],
          [shrill, 'unknown'],
        ]),
        sound: { case: 'pitch', value: shrill },
        signals: [SignalV2.on, blinking],
        note: 'kept',
      }),
    )
    const { low, high } = ToneV1
    const leftOut = make(AlarmV1, {
      list: [high, low],
      set: new Set([high]),
      values: new Map([['b', high]]),
      keys: new Map([[low, 'known']]),
      signals: [SignalV1.on],
      note: 'kept',
    })
    const number = blinking as number as SignalV1
    const expected = {
      'left out': leftOut,
      number: { ...leftOut, signal: number, signals: [SignalV1.on, number] },
      'enum default': {
        ...leftOut,
        initial: low,
        maybe: low,
        list: [high, low, low],
        set: new Set([low, high]),
        values: new Map([
          ['a', low],
          ['b', high],
        ]),
        sound: { case: 'pitch', value: low },
        signals: [SignalV1.on, SignalV1.off],
      },
    }
    const decoded = compile(codec, AlarmV1).decode(bytes)
    same(t, { ...decoded }, { ...expected[newMembers] })
  })
}

function initialElementsCases(codec: Codec, titled: Titled): void {
  titled('initial elements stay if the field is absent, and an empty list, set or map arrives empty', t => {
    const serializer = compile(codec, Initial)
    const empty = make(Initial, { list: [], set: new Set(), map: new Map(), shared: [], items: [] })
    const absent = serializer.encode({} as Initial)
    same(t, serializer.decode(absent), new Initial())
    same(t, serializer.decode(serializer.encode(empty)), empty)
    const full = make(Initial, { list: [3], set: new Set(['b']), map: new Map([['b', 2]]), shared: [4], items: [] })
    same(t, serializer.decode(serializer.encode(full)), full)
    serializer.decode(absent).shared.push(2)
    same(t, serializer.decode(absent), new Initial())
  })
}

function encodeFaultCases(codec: Codec, titled: Titled): void {
  titled('a value that does not fit its type is refused with its path', t => {
    for (const [type, values, path] of misfits) {
      const serializer = compile(codec, type)
      const error = invalid(t, () => serializer.encode(Object.assign(new type() as object, values)))
      t.true(error.message.startsWith(`${path}: `), `${type.name} ${path}: ${error.message}`)
      t.is(error.reason, 'invalid_message')
    }
  })
  titled('what is no message is refused', t => {
    const serializer = compile(codec, Item)
    for (const value of [undefined, null, 5, 'x', [], true]) {
      invalid(t, () => serializer.encode(value as unknown as Item), /^demo\.Item: expected /)
    }
  })
  titled('a cycle, and messages nested too deep, are refused', t => {
    const cycle = new Tree()
    cycle.left = cycle
    const list = new Tree()
    list.children.push(list)
    const named = new Tree()
    named.named.set('x', named)
    const serializer = compile(codec, Tree)
    for (const tree of [cycle, list, named, nested(65)])
      invalid(t, () => serializer.encode(tree), /nested deeper than 64/)
  })
  titled('messages nested deeper than the limit are refused on arrival', t => {
    const bytes = compile(codec, Tree, 100).encode(nested(65))
    invalid(t, () => compile(codec, Tree, 64).decode(bytes), /nested deeper than 64/)
    t.notThrows(() => compile(codec, Tree, 65).decode(bytes))
  })
}

function hostileInputCases(codec: Codec, titled: Titled): void {
  const serializers = [Scalars, Lists, Maps, Choice, Tree, Optionals].map(type => compile<unknown>(codec, type))
  const decodes = (t: ExecutionContext, bytes: Uint8Array) => {
    for (const serializer of serializers) {
      try {
        serializer.decode(bytes)
      } catch (error) {
        if (!(error instanceof RpcError)) throw error
        if (error.code !== Code.invalid_argument) t.fail(`${error.code}: ${error.message}`)
      }
    }
    t.pass()
  }
  titled('random bytes are a message or invalid_argument', t => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => decodes(t, bytes)),
      { numRuns: 500 },
    )
  })
  titled('valid bytes that were cut, flipped or doubled are a message or invalid_argument', t => {
    const valid = Object.values(roundTrips)
      .flat()
      .map(message => compile<unknown>(codec, message.constructor as MessageClass).encode(message))
      .filter(bytes => bytes.length > 0 && bytes.length < 3000)
    const mutations = fc.record({
      bytes: fc.constantFrom(...valid),
      cut: fc.nat(),
      flips: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      double: fc.boolean(),
    })
    fc.assert(
      fc.property(mutations, ({ bytes, cut, flips, double }) => {
        const mutated = Uint8Array.from(double ? [...bytes, ...bytes] : bytes)
        for (const [at, value] of flips) mutated[at % mutated.length] = value
        decodes(t, mutated.subarray(0, mutated.length - (cut % 3 === 0 ? cut % mutated.length : 0)))
      }),
      { numRuns: 1000 },
    )
  })
}
