import test, { type ExecutionContext } from 'ava'
import { json } from '../../../src/codecs/json/codec.js'
import { Field, Message } from '../../../src/decorators/message.js'
import { bool, int32, int64, listOf, mapOf, type OneOf, oneOf, optional, string } from '../../../src/schema/algebra.js'
import { codecContract, compile, invalid } from '../contract.js'
import { Choice, Item, Level, Lists, level, Maps, Mood, make, Optionals, PersonV2, Scalars, Tree } from '../fixture.js'

codecContract(json)

const utf8 = new TextEncoder()

function write<T extends object>(message: T): string {
  return new TextDecoder().decode(compile(json, message.constructor as new () => T).encode(message))
}

function read<T>(type: new () => T, text: string): T {
  return compile(json, type).decode(utf8.encode(text))
}

function refused(t: ExecutionContext, cases: readonly (readonly [new () => object, string, string | RegExp])[]): void {
  for (const [type, text, message] of cases) {
    t.is(invalid(t, () => read(type, text), message).reason, 'invalid_message')
  }
}

test('every type has the form of the protobuf JSON mapping', t => {
  t.is(
    write(
      make(Scalars, {
        double: 1.5,
        float: Number.POSITIVE_INFINITY,
        int32: -1,
        int64: -(2n ** 63n),
        uint64: 2n ** 64n - 1n,
        bool: true,
        string: 'a"b\u0001é',
        bytes: new Uint8Array([251, 255, 254]),
        timestamp: new Date('2026-01-02T03:04:05Z'),
        duration: 1500,
        level: Level.high,
        mood: Mood.wild,
      }),
    ),
    '{"double":1.5,"float":"Infinity","int32":-1,"int64":"-9223372036854775808","uint64":"18446744073709551615",' +
      '"bool":true,"string":"a\\"b\\u0001é","bytes":"+//+","timestamp":"2026-01-02T03:04:05Z","duration":"1.500s",' +
      '"level":"high","mood":"wild"}',
  )
  t.is(
    write(make(Maps, { counts: new Map([['a', 1n]]), names: new Map([[5, 'x']]), votes: new Map([[true, 0]]) })),
    '{"counts":{"a":"1"},"names":{"5":"x"},"votes":{"true":0}}',
  )
  t.is(write(make(Choice, { contact: { case: 'phone', value: 7n }, note: 'n' })), '{"phone":"7","note":"n"}')
  t.is(
    write(make(Lists, { ints: [1, 2], tags: new Set(['a']), items: [new Item()] })),
    '{"ints":[1,2],"items":[{}],"tags":["a"]}',
  )
})

test('zeros are written where presence is explicit, and only there', t => {
  t.is(write(new Scalars()), '{}')
  t.is(write(make(Optionals, { double: 0, string: '', level: Level.none })), '{"double":0,"string":"","level":"none"}')
  t.is(write(make(PersonV2, { retries: 0 })), '{"retries":0}')
  t.is(read(PersonV2, '{}').retries, 3)
  t.is(write(make(Scalars, { double: -0 })), '{"double":"-0"}')
})

test('fractions of timestamps and durations have three, six or nine digits', t => {
  const durations: [number, string][] = [
    [0, '0s'],
    [1, '0.001s'],
    [-1.5, '-0.001500s'],
    [0.000001, '0.000000001s'],
    [60_000, '60s'],
    [999.9999999, '1s'],
    [-86_400_250, '-86400.250s'],
  ]
  for (const [duration, text] of durations) t.is(write(make(Scalars, { duration })), `{"duration":"${text}"}`)
  t.is(write(make(Scalars, { timestamp: new Date(1) })), '{"timestamp":"1970-01-01T00:00:00.001Z"}')
})

test('numbers are read from numbers and from text', t => {
  for (const one of ['1', '"1"', '1.0', '1e0', '"1e0"', '"10e-1"', '0.1e1']) {
    for (const key of ['double', 'float', 'int8', 'uint32', 'sfixed32'] as const) {
      t.is(read(Scalars, `{"${key}":${one}}`)[key], 1, one)
    }
    for (const key of ['int64', 'uint64', 'sfixed64'] as const) t.is(read(Scalars, `{"${key}":${one}}`)[key], 1n, one)
  }
  t.is(read(Scalars, '{"double":"-Infinity"}').double, Number.NEGATIVE_INFINITY)
  t.true(Object.is(read(Scalars, '{"double":-0}').double, -0))
})

test('long integers that stand bare in JSON keep every digit', t => {
  const text =
    '{"uint64" : 18446744073709551615,"int64":-9223372036854775808, "string":"say \\"12345678901234567890\\"","sint64":1e17}'
  const read1 = read(Scalars, text)
  t.is(read1.uint64, 18446744073709551615n)
  t.is(read1.int64, -9223372036854775808n)
  t.is(read1.sint64, 10n ** 17n)
  t.is(read1.string, 'say "12345678901234567890"')
  t.deepEqual(read(Lists, '{"longs":[9007199254740993,\n-9007199254740993,12345678901234567]}').longs, [
    9007199254740993n,
    -9007199254740993n,
    12345678901234567n,
  ])
  t.is(read(Scalars, '{"double":12345678901234567890}').double, Number(12345678901234567890n))
  refused(t, [
    [Scalars, '{"string":12345678901234567890}', 'string: expected string, got bigint 12345678901234567890'],
    [Scalars, '{"int32":12345678901234567890}', /^int32: expected int32, got bigint/],
    [Scalars, '{"uint64":18446744073709551616}', /^uint64: expected uint64/],
    [Scalars, '{"int64":9223372036854775808}', /^int64: expected int64/],
  ])
})

test('timestamps, durations and bytes are read in each of their forms', t => {
  const times = ['2026-01-02T03:04:05Z', '2026-01-02T04:04:05+01:00', '2026-01-02T03:04:05.000000000Z']
  for (const text of times) {
    t.is(read(Scalars, `{"timestamp":"${text}"}`).timestamp?.toISOString(), '2026-01-02T03:04:05.000Z')
  }
  t.is(read(Scalars, '{"timestamp":"2026-01-02T03:04:05.123456789Z"}').timestamp?.getMilliseconds(), 123)
  t.is(read(Scalars, '{"duration":"-1.5s"}').duration, -1500)
  t.is(read(Scalars, '{"duration":"0.000000001s"}').duration, 0.000001)
  for (const text of ['+//+', '-__-'])
    t.deepEqual(read(Scalars, `{"bytes":"${text}"}`).bytes, new Uint8Array([251, 255, 254]))
  for (const text of ['AQ==', 'AQ']) t.deepEqual(read(Scalars, `{"bytes":"${text}"}`).bytes, new Uint8Array([1]))
})

test('enums are read by name and by number; an open one keeps a number that it does not know', t => {
  t.is(read(Scalars, '{"level":"high"}').level, Level.high)
  t.is(read(Scalars, '{"level":5}').level, Level.high)
  t.is(read(Scalars, '{"level":77}').level as number, 77)
  t.is(read(Scalars, '{"mood":1}').mood, Mood.wild)
  for (const unknown of ['{"mood":2}', '{"mood":"WILD"}', '{"level":"toString"}', '{"level":"2147483648"}'])
    t.deepEqual(read(Scalars, unknown), new Scalars())
  refused(t, [
    [Scalars, '{"mood":true}', 'mood: expected demo.Mood (calm, wild), got boolean'],
    [Scalars, '{"mood":1.5}', 'mood: expected demo.Mood (calm, wild), got number 1.5'],
    [Scalars, '{"level":2147483648}', /^level: expected demo.Level/],
  ])
})

test('an integer beyond 2^53 is exact or refused, however it is written', t => {
  for (const exact of [
    '9007199254740993.0',
    '9007199254740993e0',
    '9.007199254740993e15',
    '"9007199254740993.0"',
    '90071992547409930e-1',
  ])
    t.is(read(Scalars, `{"int64":${exact}}`).int64, 9_007_199_254_740_993n, exact)
  t.is(read(Scalars, '{"uint64":1e19}').uint64, 10n ** 19n)
  t.is(read(Scalars, '{"int64":-1E18}').int64, -(10n ** 18n))
  t.is(read(Scalars, '{"double":9007199254740993.0,"int64":1e18}').double, 9_007_199_254_740_992)
  for (const rounded of [
    '9007199254740993.5',
    '"9007199254740993.5"',
    '9007199254740992.00000000000001',
    '1e19',
    '1e400',
  ])
    invalid(t, () => read(Scalars, `{"int64":${rounded}}`))
})

test('null is absent; in a list or a map it is an error', t => {
  t.deepEqual(read(Lists, '{"ints":null,"items":null,"tags":null}'), new Lists())
  t.deepEqual(read(Choice, '{"email":null,"phone":"1"}').contact, { case: 'phone', value: 1n })
  t.deepEqual(read(Tree, '{"left":null,"unknown":null}'), new Tree())
  refused(t, [
    [Lists, '{"ints":[1,null]}', 'ints[1]: expected int32, got null'],
    [Maps, '{"names":{"1":null}}', 'names["1"]: expected string, got null'],
  ])
})

test('what does not fit is refused with its path', t => {
  refused(t, [
    [Lists, '{"items":[{},{},{},{"price":"x"}]}', 'items[3].price: expected double, got string'],
    [Lists, '{"items":[5]}', 'items[0]: expected object (demo.Item), got number 5'],
    [Lists, '{"ints":{}}', 'ints: expected array, got object'],
    [Lists, '{"ints":"1"}', 'ints: expected array, got string'],
    [Maps, '{"counts":[]}', 'counts: expected object, got array'],
    [Maps, '{"counts":{"a":"1","b":"x"}}', 'counts["b"]: expected int64, got string'],
    [Maps, '{"names":{"x":""}}', 'names["x"]: expected int32, got string'],
    [Maps, '{"votes":{"yes":1}}', 'votes["yes"]: expected true or false as a key'],
    [Maps, '{"items":{"1":{"name":2}}}', 'items["1"].name: expected string, got number 2'],
    [
      Tree,
      '{"left":{"named":{"x":{"children":[{"name":[]}]}}}}',
      'left.named["x"].children[0].name: expected string, got array',
    ],
    [Choice, '{"item":{"price":true}}', 'item.price: expected double, got boolean'],
    [Choice, '{"email":"a","phone":"1"}', 'contact: only one of email and phone may be set'],
    [Scalars, '{"string":1}', 'string: expected string, got number 1'],
    [Scalars, '{"bool":"true"}', 'bool: expected bool, got string'],
    [Scalars, '[]', 'demo.Scalars: expected object (demo.Scalars), got array'],
    [Scalars, 'null', 'demo.Scalars: expected object (demo.Scalars), got null'],
    [Scalars, '{"string":"\\ud800"}', 'string: expected string, got text with half a surrogate pair'],
  ])
})

test('numbers out of range or of another form are refused', t => {
  const bad: [key: string, json: string][] = [
    ...[
      '1.5',
      '2147483648',
      '-2147483649',
      '"1.5"',
      '""',
      '" 1"',
      '"1 "',
      '"+1"',
      '"01"',
      '"0x1"',
      '"NaN"',
      '1e10',
      'true',
    ].map(value => ['int32', value] as [string, string]),
    ['uint32', '-1'],
    ['uint32', '4294967296'],
    ['int8', '128'],
    ['int16', '-32769'],
    ['int64', '1.5'],
    ['int64', '"9223372036854775808"'],
    ['int64', '""'],
    ['int64', '"0x1"'],
    ['uint64', '"-1"'],
    ['double', '1e400'],
    ['double', '"1e400"'],
    ['double', '"inf"'],
    ['double', '""'],
    ['float', '3.5e38'],
    ['timestamp', '"2026-01-02"'],
    ['timestamp', '"2026-01-02t03:04:05z"'],
    ['timestamp', '"2026-13-02T03:04:05Z"'],
    ['timestamp', '"0000-01-01T00:00:00Z"'],
    ['timestamp', '5'],
    ['duration', '"1"'],
    ['duration', '"1.s"'],
    ['duration', '"315576000001s"'],
    ['bytes', '"A"'],
    ['bytes', '"AQ="'],
    ['bytes', '"A Q="'],
    ['bytes', '"A===="'],
    ['bytes', '[1]'],
  ]
  refused(
    t,
    bad.map(([key, value]) => [Scalars, `{"${key}":${value}}`, new RegExp(`^${key}: expected ${key}`)] as const),
  )
})

test('what is no JSON is refused without being repeated', t => {
  for (const text of [
    '',
    '{',
    '{"a":}',
    'undefined',
    '<html>secret</html>',
    '{"string":"secret" "x"}',
    '\ufeff{}',
    '{}{}',
    '[1,]',
  ]) {
    const error = invalid(t, () => read(Scalars, text), /^demo\.Scalars: this is no JSON/)
    t.is(error.reason, 'malformed_json')
    t.false(error.message.includes('secret'))
  }
})

test('what is no UTF-8 is refused, and U+FFFD itself is not', t => {
  const bytes = utf8.encode('{"string":"abc"}')
  for (const bad of [0xff, 0xc0, 0x80, 0xed]) {
    const broken = Uint8Array.from(bytes)
    broken[12] = bad
    t.is(invalid(t, () => compile(json, Scalars).decode(broken)).reason, 'malformed_json')
  }
  t.is(read(Scalars, '{"string":"\ufffd"}').string, '\ufffd')
})

test('nesting of 10,000 and of millions is refused or skipped, and harms nothing', t => {
  const deep = (levels: number) => `${'{"left":'.repeat(levels)}{}${'}'.repeat(levels)}`
  invalid(t, () => read(Tree, deep(10_000)), /nested deeper than/)
  invalid(t, () => read(Tree, deep(400_000)), /nested deeper than 1000 levels/)
  invalid(t, () => read(Tree, '['.repeat(4_000_000)), /nested deeper than 1000 levels/)
  invalid(t, () => read(Tree, deep(100)), /nested deeper than 64 messages/)
  t.deepEqual(
    read(Tree, `{"unknown":${'['.repeat(10_000)}${']'.repeat(10_000)},"name":"x"}`),
    make(Tree, { name: 'x' }),
  )
  const long = JSON.stringify({ name: '[{"\\'.repeat(30_000) })
  t.is(read(Tree, long).name.length, 120_000)
})

test('__proto__ and its like are data or nothing', t => {
  const item = read(Item, '{"__proto__":{"name":"x","polluted":1},"constructor":{"prototype":{"polluted":1}}}')
  t.deepEqual(item, new Item())
  t.is(Object.getPrototypeOf(item), Item.prototype)
  t.false('polluted' in {})
  const maps = read(Maps, '{"counts":{"__proto__":"1","constructor":"2"}}')
  t.deepEqual(
    [...maps.counts],
    [
      ['__proto__', 1n],
      ['constructor', 2n],
    ],
  )
})

const choices = { valueOf: int32, hasOwnProperty: string }

@Message('demo.Awkward')
class Awkward {
  @Field(int32) override = 0
  @Field(optional(string), { name: 'toString' }) text?: string
  @Field(bool, { name: 'is_open', jsonName: 'isOpen' }) open = false
  @Field(string, { jsonName: 'we"ird\n' }) weird = ''
  @Field(oneOf(choices)) choice?: OneOf<typeof choices>
}

test('names that every object inherits are read only where they were sent', t => {
  t.deepEqual(read(Awkward, '{}'), new Awkward())
  t.is(read(Awkward, '{"toString":"x"}').text, 'x')
  t.deepEqual(read(Awkward, '{"valueOf":3}').choice, { case: 'valueOf', value: 3 })
})

test('the JSON name is written, and both names are read', t => {
  t.is(write(make(Awkward, { open: true, weird: 'x' })), '{"isOpen":true,"we\\"ird\\n":"x"}')
  t.true(read(Awkward, '{"isOpen":true}').open)
  t.true(read(Awkward, '{"is_open":true}').open)
  t.is(read(Awkward, '{"we\\"ird\\n":"x"}').weird, 'x')
})

test('a field under both of its names is refused', t => {
  refused(t, [[Awkward, '{"is_open":true,"isOpen":true}', 'isOpen: it is there twice, as is_open too']])
})

@Message('google.protobuf.StringValue')
class StringValue {
  @Field(1, string) value = ''
}

@Message('demo.Wrapped')
class Wrapped {
  @Field(1, StringValue) one?: StringValue
  @Field(2, listOf(StringValue)) many: StringValue[] = []
}

test("protobuf's wrapper messages stand for their value", t => {
  const message = make(Wrapped, { one: new StringValue(), many: [make(StringValue, { value: 'x' })] })
  t.is(write(message), '{"one":"","many":["x"]}')
  t.deepEqual(read(Wrapped, write(message)), message)
  refused(t, [[Wrapped, '{"one":{"value":"x"}}', 'one: expected string, got object']])
})

@Message('demo.Nested')
class Nested {
  @Field(listOf(listOf(int32))) grid: number[][] = []
  @Field(mapOf(level, mapOf(string, listOf(int64)))) deep: Map<Level, Map<string, bigint[]>> = new Map()
}

test('lists and maps hold lists and maps', t => {
  const message = make(Nested, { grid: [[1], [], [2, 3]], deep: new Map([[Level.high, new Map([['a', [1n]]])]]) })
  t.is(write(message), '{"grid":[[1],[],[2,3]],"deep":{"high":{"a":["1"]}}}')
  t.deepEqual(read(Nested, write(message)), message)
  t.deepEqual(read(Nested, '{"deep":{"5":{}}}').deep, new Map([[Level.high, new Map()]]))
  refused(t, [
    [Nested, '{"grid":[[],[1,"x"]]}', 'grid[1][1]: expected int32, got string'],
    [Nested, '{"deep":{"high":{"a":[1.5]}}}', 'deep["high"]["a"][0]: expected int64, got number 1.5'],
  ])
})
