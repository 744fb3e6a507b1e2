import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../src/schema/json-value.js'
import { Choice, Item, Level, Lists, Maps, Mood, make, Optionals, Scalars, Tree, WellKnown } from './fixture.js'

const text = fc.string({ unit: 'binary', maxLength: 40 })
const blob = fc.uint8Array({ maxLength: 40 })
const float = fc.float()
const double = fc.double()
const date = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
})
const duration = fc.integer({ min: -1e12, max: 1e12 })
const int32 = fc.integer()
const uint32 = fc.nat(2 ** 32 - 1)
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const level = fc.constantFrom(Level.none, Level.low, Level.high)
const mood = fc.constantFrom(Mood.calm, Mood.wild)

const scalars = fc
  .record({
    double,
    float,
    int8: fc.integer({ min: -128, max: 127 }),
    int16: fc.integer({ min: -32768, max: 32767 }),
    int32,
    uint32,
    sint32: int32,
    fixed32: uint32,
    sfixed32: int32,
    int64,
    uint64,
    sint64: int64,
    fixed64: uint64,
    sfixed64: int64,
    bool: fc.boolean(),
    string: text,
    bytes: blob,
    uuid: fc.uuid(),
    timestamp: date,
    duration,
    level,
    mood,
  })
  .map(values => make(Scalars, values))

const item = fc.record({ name: text, price: double }).map(values => make(Item, values))

const optionals = fc
  .record({ double, int32, int64, bool: fc.boolean(), string: text, bytes: blob, level, mood }, { requiredKeys: [] })
  .map(values => make(Optionals, values))

const lists = fc
  .record({
    doubles: fc.array(double),
    ints: fc.array(int32),
    longs: fc.array(int64),
    bools: fc.array(fc.boolean()),
    strings: fc.array(text),
    blobs: fc.array(blob),
    levels: fc.array(level),
    moods: fc.array(mood),
    items: fc.array(item),
    times: fc.array(date),
    durations: fc.array(duration),
    tags: fc.array(text).map(tags => new Set(tags)),
    numbers: fc.array(int32).map(numbers => new Set(numbers)),
    floats: fc.array(float),
    fixed: fc.array(uint64),
  })
  .map(values => make(Lists, values))

function mapOf<K, V>(key: fc.Arbitrary<K>, value: fc.Arbitrary<V>): fc.Arbitrary<Map<K, V>> {
  return fc.array(fc.tuple(key, value), { maxLength: 5 }).map(entries => new Map(entries))
}

const maps = fc
  .record({
    counts: mapOf(text, int64),
    names: mapOf(int32, text),
    votes: mapOf(fc.boolean(), double),
    items: mapOf(int64, item),
    moods: mapOf(text, mood),
    blobs: mapOf(text, blob),
    times: mapOf(uint32, date),
  })
  .map(values => make(Maps, values))

const choices = fc
  .oneof(
    text.map(value => ({ case: 'email' as const, value })),
    int64.map(value => ({ case: 'phone' as const, value })),
    item.map(value => ({ case: 'item' as const, value })),
    mood.map(value => ({ case: 'mood' as const, value })),
    date.map(value => ({ case: 'at' as const, value })),
  )
  .map(contact => make(Choice, { contact }))

const json = fc
  .jsonValue({ maxDepth: 3, stringUnit: 'binary' })
  .map(value => JSON.parse(JSON.stringify(value).replace(/"(?:__proto__|constructor|prototype)"/g, '"x"')) as JsonValue)
const path = fc.stringMatching(/^[a-z]{1,5}(_[a-z]{1,3})?$/)

const wellKnown = fc
  .record(
    {
      struct: fc.dictionary(fc.constantFrom('', 'a', 'b c', '\u{1F600}'), json, {
        noNullPrototype: true,
      }) as fc.Arbitrary<JsonObject>,
      value: json,
      listValue: fc.array(json, { maxLength: 4 }),
      fieldMask: fc.array(path, { maxLength: 4 }),
      text,
      long: int64,
      numbers: fc.array(int32, { maxLength: 4 }),
      values: mapOf(text, json),
      list: fc.array(json, { maxLength: 4 }),
      flag: fc.boolean(),
      blob,
    },
    { requiredKeys: [] },
  )
  .map(values => make(WellKnown, values as Partial<WellKnown>))

const trees: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>(tie => ({
  tree: fc
    .record(
      {
        name: text,
        left: fc.option(tie('tree'), { nil: undefined, maxDepth: 3 }),
        children: fc.oneof({ maxDepth: 3 }, fc.constant([]), fc.array(tie('tree'), { maxLength: 2 })),
        named: mapOf(text, fc.constant(new Tree())),
      },
      { requiredKeys: ['name', 'children', 'named'] },
    )
    .map(values => make(Tree, values as Partial<Tree>)),
})).tree

/** Messages of each class, with any values that its fields can hold. */
export const arbitraryMessages: readonly (readonly [new () => object, fc.Arbitrary<object>])[] = [
  [Scalars, scalars],
  [Optionals, optionals],
  [Lists, lists],
  [Maps, maps],
  [Choice, choices],
  [Tree, trees],
  [WellKnown, wellKnown],
]
