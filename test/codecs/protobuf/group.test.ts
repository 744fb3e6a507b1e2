import test from 'ava'
import protobufjs from 'protobufjs'
import { builtInCodecs } from '../../../src/codecs/built-in.js'
import { protobuf } from '../../../src/codecs/protobuf/codec.js'
import { RpcError } from '../../../src/core/rpc-error.js'
import { Field, Message } from '../../../src/decorators/message.js'
import { int32, listOf, type OneOf, oneOf, string } from '../../../src/schema/algebra.js'
import { delimited } from '../../../src/schema/delimited.js'
import { messageSchemaOf } from '../../../src/schema/resolve.js'
import type { Class } from '../../../src/schema/type.js'
import { compile, invalid } from '../contract.js'
import { make } from '../fixture.js'

@Message('web.Result')
class Result {
  @Field(1, string) url = ''
  // The number of the group itself, whose end tag must not be taken for this field.
  @Field(3, int32) rank = 0
  @Field(
    4,
    delimited(() => Result),
  )
  parent?: Result
  @Field(5, () => Result) linked?: Result
}

const choice = { hit: [8, delimited(Result)], text: [9, string] } as const

@Message('web.Page')
class Page {
  @Field(3, delimited(Result)) first?: Result
  @Field(4, listOf(delimited(Result))) results: Result[] = []
  @Field(oneOf(choice)) choice?: OneOf<typeof choice>
  @Field(10, string) after = ''
}

const { root } = protobufjs.parse(
  `syntax = "proto2"; package web;
  message Page {
    optional group First = 3 { optional string url = 1; optional int32 rank = 3;
      optional group Parent = 4 { optional string url = 1; optional int32 rank = 3; } optional Inner linked = 5; }
    repeated group Results = 4 { optional string url = 1; optional int32 rank = 3; }
    optional group Hit = 8 { optional string url = 1; }
    optional string after = 10;
  }
  message Inner { optional int32 rank = 3; optional string url = 1; }`,
)
const peer = root.lookupType('web.Page')

const page = make(Page, {
  first: make(Result, {
    url: 'a',
    rank: 1,
    parent: make(Result, { url: 'b', rank: 2 }),
    linked: make(Result, { rank: 3 }),
  }),
  results: [make(Result, { url: 'c' }), new Result(), make(Result, { rank: 4 })],
  choice: { case: 'hit', value: make(Result, { url: 'd' }) },
  after: 'end',
})

test('groups are what another implementation writes and reads', t => {
  const serializer = compile(protobuf, Page)
  const bytes = serializer.encode(page)
  t.deepEqual(peer.toObject(peer.decode(bytes)), {
    first: { url: 'a', rank: 1, parent: { url: 'b', rank: 2 }, linked: { rank: 3 } },
    results: [{ url: 'c' }, {}, { rank: 4 }],
    hit: { url: 'd' },
    after: 'end',
  })
  t.deepEqual(serializer.decode(peer.encode(peer.decode(bytes)).finish()), page)
  t.deepEqual(serializer.decode(bytes), page)
})

for (const codec of builtInCodecs) {
  test(`${codec.name}: a group is the message that it holds`, t => {
    const serializer = compile(codec, Page)
    t.deepEqual(serializer.decode(serializer.encode(page)), page)
  })
}

test('a group that arrives again is merged, and unknown fields within it are kept', t => {
  const serializer = compile(protobuf, Page)
  const twice = serializer.decode(Buffer.from('1b0a016118021c1b18051c', 'hex'))
  t.deepEqual(twice, make(Page, { first: make(Result, { url: 'a', rank: 5 }) }))
  const unknown = Buffer.from('1ba2060178a306a4061c', 'hex')
  t.deepEqual(Buffer.from(serializer.encode(serializer.decode(unknown))), unknown)
})

test('a group that does not end, or ends with another number, is refused', t => {
  const serializer = compile(protobuf, Page)
  for (const [hex, message] of [
    ['1b', /first/],
    ['1b0a0161', /first/],
    ['1b24', /the end of a group that did not begin|another/],
    ['1c', /another/],
    ['1a00', /another/],
    // The end tag of the outer group within a message of a known length.
    ['1b2a011c', /another/],
    ['1b2a021c1c1c', /another/],
  ] as const)
    invalid(t, () => serializer.decode(Buffer.from(hex, 'hex')), message)
  invalid(t, () => serializer.decode(Buffer.from(`1b${'23'.repeat(100)}`, 'hex')), /nested deeper than 64 messages/)
})

test('only a message can be delimited', t => {
  class Wrong {
    declare field: unknown
  }
  ;(Field(1, delimited(string as never)) as unknown as (target: object, key: string) => void)(Wrong.prototype, 'field')
  ;(Message() as unknown as (target: Class) => void)(Wrong)
  const error = t.throws(() => compile(protobuf, Wrong as Class<object> as never), { instanceOf: RpcError })
  t.is(error?.reason, 'not_a_message')
  t.truthy(messageSchemaOf(Page))
})
