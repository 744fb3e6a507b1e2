import test from 'ava'
import { RpcError } from '../../src/core/rpc-error.js'
import { Field, Message } from '../../src/decorators/message.js'
// It checks contracts.
import '../../src/decorators/read-service.js'
import {
  bool,
  bytes,
  duration,
  enumOf,
  int32,
  int64,
  listOf,
  mapOf,
  nothing,
  oneOf,
  optional,
  setOf,
  streamOf,
  string,
  timestamp,
} from '../../src/schema/algebra.js'
import { zeroOf } from '../../src/schema/message.js'
import { isStream, messageSchemaOf, typeOf, valueTypeOf } from '../../src/schema/resolve.js'
import type { EnumType, ListType, MapType, MessageType, OneOfType, TypeLike, ValueType } from '../../src/schema/type.js'

@Message('demo.Item')
class Item {
  @Field(1, string) name = ''
}

enum Color {
  Red = 1,
  Green = 2,
  // biome-ignore lint/suspicious/noDuplicateEnumValues: an alias, as protobuf allows
  Lime = 2,
}

enum Size {
  Small = 'S',
  Large = 'L',
}

test('a numeric enum keeps its numbers, its names and its aliases, and is open', t => {
  const type = enumOf(Color, 'demo.Color')
  t.is(type.name, 'demo.Color')
  t.deepEqual(
    type.values.map(({ name, number, value }) => [name, number, value]),
    [
      ['Red', 1, 1],
      ['Green', 2, 2],
      ['Lime', 2, 2],
    ],
  )
  t.is(type.byNumber.get(2)?.name, 'Green', 'the first name of a number stands for it')
  t.is(type.byName.get('Lime')?.number, 2)
  t.true(type.open)
})

test('the members of a string enum are numbered in order, and it is closed', t => {
  const type = enumOf(Size)
  t.deepEqual(
    type.values.map(({ name, number, value }) => [name, number, value]),
    [
      ['Small', 0, 'S'],
      ['Large', 1, 'L'],
    ],
  )
  t.false(type.open)
})

test('an enum without members, and what is no enum, are refused', t => {
  t.is(t.throws(() => enumOf({}, 'demo.Empty'), { instanceOf: RpcError })?.reason, 'empty_enum')
  const error = t.throws(() => enumOf(undefined as never, 'demo.Late'), { instanceOf: RpcError })
  t.is(error?.reason, 'not_an_enum')
  t.regex(error?.message ?? '', /demo\.Late/)
})

test('types are frozen, and what is inside is resolved once', t => {
  let asked = 0
  const type = listOf(() => {
    asked++
    return Item
  }) as unknown as ListType
  t.true(Object.isFrozen(type))
  t.is(asked, 0)
  t.is(type.element, type.element)
  t.is(asked, 1)
})

test('classes and thunks stand for messages, and one class for one type', t => {
  const type = typeOf(() => Item, 'here') as MessageType
  t.is(type.kind, 'message')
  t.is(messageSchemaOf(Item), type.message)
  t.is(typeOf(Item, 'here'), type)
})

test('maps and oneOfs know their parts', t => {
  const map = mapOf(int64, listOf(Item)) as unknown as MapType
  t.is(int64, map.key as typeof int64)
  t.is((map.value as ListType).element.kind, 'message')
  const choice = oneOf({ email: [4, string], item: Item }) as unknown as OneOfType
  t.deepEqual(
    choice.cases.map(({ name, number, type }) => [name, number, type.kind]),
    [
      ['email', 4, 'scalar'],
      ['item', undefined, 'message'],
    ],
  )
})

test('streams are told from types', t => {
  t.true(isStream(streamOf(Item)))
  for (const none of [listOf(Item), Item, () => Item, undefined]) t.false(isStream(none))
})

const refused: [string, () => unknown, string, RegExp][] = [
  ['undefined', () => typeOf(undefined as never, 'A.b'), 'not_a_type', /^A\.b: undefined is not a type.*thunk/],
  ['a string', () => typeOf('int32' as never, 'A.b'), 'not_a_type', /^A\.b: int32 is not a type/],
  ['null', () => typeOf(null as never, 'A.b'), 'not_a_type', /^A\.b: null is not a type/],
  [
    'a class that is no message',
    () => typeOf(class Plain {}, 'A.b'),
    'not_a_message',
    /^A\.b: Plain is not a message; add @Message\(\)/,
  ],
  [
    'a subclass of a message',
    () => typeOf(class Sub extends Item {}, 'A.b'),
    'not_a_message',
    /^A\.b: Sub is not a message; add @Message\(\)/,
  ],
  ['String', () => typeOf(String, 'A.b'), 'not_a_type', /^A\.b: String is not a wire type; write string$/],
  ['Number', () => typeOf(Number, 'A.b'), 'not_a_type', /write double/],
  ['Date', () => typeOf(Date, 'A.b'), 'not_a_type', /write timestamp/],
  ['a thunk of Array', () => typeOf(() => Array as never, 'A.b'), 'not_a_type', /write listOf/],
  [
    'a stream',
    () => typeOf(streamOf(Item) as never, 'A.b'),
    'misplaced_stream',
    /^A\.b: only @Method .*streamOf.*listOf/,
  ],
  [
    'optional in a list',
    () => (listOf(optional(string)) as unknown as ListType).element,
    'misplaced_type',
    /optional has no meaning here/,
  ],
  ['nothing as a value', () => valueTypeOf(nothing as TypeLike, 'A.b'), 'misplaced_type', /^A\.b: nothing .*@Method/],
  [
    'a oneOf as a map key',
    () => (mapOf(oneOf({ a: string }), string) as unknown as MapType).key,
    'invalid_one_of',
    /put it into a @Message/,
  ],
  [
    'a oneOf as a case',
    () => (oneOf({ many: oneOf({ a: string }) }) as unknown as OneOfType).cases,
    'invalid_one_of',
    /case many cannot be a oneof/,
  ],
]

for (const [what, resolve, reason, message] of refused) {
  test(`${what} is refused with what to write`, t => {
    const error = t.throws(resolve, { instanceOf: RpcError })
    t.is(error?.reason, reason)
    t.regex(error?.message ?? '', message)
  })
}

test('each type has its zero, and collections are made anew each time', t => {
  const zero = (like: TypeLike) => zeroOf(typeOf(like, '') as ValueType)()
  t.is(zero(int32), 0)
  t.is(zero(int64), 0n)
  t.is(zero(bool), false)
  t.is(zero(string), '')
  t.deepEqual(zero(bytes), new Uint8Array(0))
  t.deepEqual(zero(listOf(string)), [])
  t.deepEqual(zero(setOf(string)), new Set())
  t.deepEqual(zero(mapOf(string, string)), new Map())
  t.is(zero(enumOf(Size)), Size.Small)
  t.is(zero(enumOf(Color)), Color.Red, 'the first where none is 0')
  for (const none of [timestamp, duration, Item, oneOf({ a: string })]) t.is(zero(none), undefined)
  for (const fresh of [listOf(string), setOf(string), mapOf(string, string)]) t.not(zero(fresh), zero(fresh))
})

test('an enum type is what enumOf says it is', t => {
  const type: EnumType = enumOf(Size)
  t.true(Object.isFrozen(type) && Object.isFrozen(type.values))
})
