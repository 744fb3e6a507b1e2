import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import fc from 'fast-check'
import { avro } from '../../src/codecs/avro/codec.js'
import type { Codec } from '../../src/codecs/codec.js'
import { json } from '../../src/codecs/json/codec.js'
import { msgpack, msgpackCompact } from '../../src/codecs/msgpack/codec.js'
import { protobuf } from '../../src/codecs/protobuf/codec.js'
import { thriftBinary, thriftCompact, thriftJson } from '../../src/codecs/thrift/codec.js'
import { identityOf } from '../../src/codecs/values/identity.js'
import { xml } from '../../src/codecs/xml/codec.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Field, Message } from '../../src/decorators/message.js'
import {
  bytes,
  double,
  int32,
  listOf,
  mapOf,
  type OneOf,
  oneOf,
  optional,
  setOf,
  string,
  timestamp,
} from '../../src/schema/algebra.js'
import { valueTypeOf } from '../../src/schema/resolve.js'
import type { TypeLike, ValueType } from '../../src/schema/type.js'
import { linear } from '../support/growth.js'
import { compile } from './contract.js'
import { make } from './fixture.js'

const thrift = [thriftBinary, thriftCompact, thriftJson]
const all: readonly Codec[] = [json, xml, msgpack, msgpackCompact, avro, protobuf, ...thrift]
const withAnyKey: readonly Codec[] = [thriftBinary, thriftCompact, avro, msgpack, msgpackCompact, xml]

@Message('demo.Point')
class Point {
  @Field(1, int32) x = 0
  @Field(2, optional(string)) name?: string
}

const point = (x: number, name?: string) => make(Point, name === undefined ? { x } : { x, name })

@Message('demo.Keyed')
class Keyed {
  @Field(1, mapOf(Point, string)) points = new Map<Point, string>()
  @Field(2, mapOf(listOf(int32), Point)) lists = new Map<number[], Point>()
  @Field(3, mapOf(setOf(string), int32)) sets = new Map<Set<string>, number>()
  @Field(4, mapOf(mapOf(string, int32), int32)) maps = new Map<Map<string, number>, number>()
}

for (const codec of withAnyKey) {
  test(`${codec.name}: a map's key can be a message, a list, a set or a map`, t => {
    const { encode, decode } = compile(codec, Keyed)
    const sent = make(Keyed, {
      points: new Map([
        [point(1), 'a'],
        [point(1, 'b'), 'c'],
      ]),
      lists: new Map([
        [[], point(0)],
        [[1, 2], point(3)],
      ]),
      sets: new Map([[new Set(['x', 'y']), 1]]),
      maps: new Map([[new Map([['k', 1]]), 2]]),
    })
    t.deepEqual(decode(encode(sent)), sent)
    t.deepEqual(decode(encode(new Keyed())), new Keyed())
  })

  test(`${codec.name}: of equal keys one arrives, with the value of the last`, t => {
    const { encode, decode } = compile(codec, Keyed)
    const got = decode(
      encode(
        make(Keyed, {
          points: new Map([
            [point(1), 'first'],
            [point(2), 'other'],
            [point(1), 'last'],
          ]),
          sets: new Map([
            [new Set(['x', 'y']), 1],
            [new Set(['y', 'x']), 2],
          ]),
        }),
      ),
    )
    t.deepEqual(
      [...got.points],
      [
        [point(1), 'last'],
        [point(2), 'other'],
      ],
    )
    t.deepEqual([...got.sets.values()], [2])
  })
}

for (const codec of [json, protobuf, thriftJson]) {
  test(`${codec.name}: such keys are refused at start-up`, t => {
    const error = t.throws(() => compile(codec, Keyed), { instanceOf: RpcError })
    t.is(error?.reason, codec === protobuf ? 'not_in_protobuf' : 'invalid_map_key')
    t.regex(error?.message ?? '', /^Keyed\.points: /)
  })
}

@Message('demo.Sets')
class Sets {
  @Field(1, setOf(Point)) points = new Set<Point>()
  @Field(2, setOf(bytes)) blobs = new Set<Uint8Array>()
  @Field(3, setOf(timestamp)) times = new Set<Date>()
}

for (const codec of all) {
  test(`${codec.name}: of equal elements of a set one arrives, though they are objects`, t => {
    const { encode, decode } = compile(codec, Sets)
    const sent = make(Sets, {
      points: new Set([point(1), point(1, ''), point(1), point(2)]),
      blobs: new Set([new Uint8Array([1]), new Uint8Array([2]), new Uint8Array([1])]),
      times: new Set([new Date(5), new Date(5), new Date(6)]),
    })
    t.deepEqual(
      decode(encode(sent)),
      make(Sets, {
        points: new Set([point(1), point(1, ''), point(2)]),
        blobs: new Set([new Uint8Array([1]), new Uint8Array([2])]),
        times: new Set([new Date(5), new Date(6)]),
      }),
    )
  })
}

const content = {
  list: [1, listOf(string)],
  set: [2, setOf(int32)],
  map: [3, mapOf(string, double)],
  points: [4, listOf(Point)],
  text: [5, string],
} as const

@Message('demo.Content')
class Content {
  @Field(oneOf(content)) value?: OneOf<typeof content>
}

const contents: readonly OneOf<typeof content>[] = [
  { case: 'list', value: ['a', 'b'] },
  { case: 'list', value: [] },
  { case: 'set', value: new Set([3, 1]) },
  { case: 'set', value: new Set() },
  { case: 'map', value: new Map([['k', 0.5]]) },
  { case: 'map', value: new Map() },
  { case: 'points', value: [point(1), point(0)] },
  { case: 'text', value: '' },
]

for (const codec of all.filter(one => one !== protobuf)) {
  test(`${codec.name}: a case of a oneOf can be a list, a set or a map, empty ones included`, t => {
    const { encode, decode } = compile(codec, Content)
    for (const value of contents) t.deepEqual(decode(encode(make(Content, { value }))), make(Content, { value }))
    t.deepEqual(decode(encode(new Content())), new Content())
  })
}

test('protobuf: such a case is refused at start-up', t => {
  const error = t.throws(() => compile(protobuf, Content), { instanceOf: RpcError })
  t.is(error?.reason, 'not_in_protobuf')
  t.is(error?.message, 'Content.value (case list): protobuf has no list as a case of a oneof; put it into a @Message')
})

@Message('demo.Nest')
class Nest {
  @Field(
    1,
    setOf(() => Nest),
  )
  inner = new Set<Nest>()
  @Field(2, int32) at = 0
}

test('sets within sets within sets are compared in linear time', t => {
  const { encode, decode } = compile(thriftBinary, Nest, 64)
  linear(t, 'elements of nested sets', {
    inputOf: size => {
      let nest = make(Nest, { inner: new Set(Array.from({ length: size / 1024 }, (_, at) => make(Nest, { at }))) })
      for (let depth = 0; depth < 30; depth++) nest = make(Nest, { inner: new Set([nest]) })
      return encode(nest)
    },
    work: input => {
      try {
        decode(input)
      } catch (error) {
        t.is((error as RpcError).reason, 'too_many_values')
      }
    },
  })
})

test('two values have one identity if they are equal, and only then', t => {
  const text = fc.string({ maxLength: 3 })
  const number = fc.integer({ min: -2, max: 2 })
  const points = fc
    .record({ x: number, name: fc.option(text, { nil: undefined }) })
    .map(({ x, name }) => point(x, name))
  const pairs: readonly (readonly [TypeLike, fc.Arbitrary<unknown>])[] = [
    [listOf(string), fc.array(text, { maxLength: 3 })],
    [listOf(listOf(int32)), fc.array(fc.array(number, { maxLength: 2 }), { maxLength: 2 })],
    [bytes, fc.uint8Array({ maxLength: 2 })],
    [Point, points],
    [mapOf(string, string), fc.array(fc.tuple(text, text), { maxLength: 2 }).map(entries => new Map(entries))],
    [setOf(string), fc.array(text, { maxLength: 3 }).map(elements => new Set(elements))],
  ]
  for (const [type, values] of pairs) {
    const identity = identityOf(valueTypeOf(type, '') as ValueType)
    fc.assert(
      fc.property(values, values, (one, other) => {
        t.is(identity?.(one) === identity?.(other), isDeepStrictEqual(one, other))
      }),
    )
  }
})
