import test from 'ava'
import { protobuf } from '../../../src/codecs/protobuf/codec.js'
import { thriftBinary, thriftCompact, thriftJson } from '../../../src/codecs/thrift/codec.js'
import { bool, Field, int32, listOf, Message, mapOf, oneOf, RpcError, setOf, string } from '../../../src/index.js'
import { messageSchemaOf } from '../../../src/schema/resolve.js'
import type { Class } from '../../../src/schema/type.js'
import { compile } from '../contract.js'

@Message()
class Far {
  @Field(40_000, string) name!: string
}

@Message()
class Choices {
  @Field(1, listOf(oneOf({ a: [1, string] }))) all!: { case: 'a'; value: string }[]
}

@Message()
class Chosen {
  @Field(1, setOf(oneOf({ a: [1, string] }))) all!: Set<{ case: 'a'; value: string }>
}

@Message()
class Named {
  @Field(1, mapOf(string, oneOf({ a: [1, string] }))) all!: Map<string, { case: 'a'; value: string }>
}

function reasonOf(type: Class): string | undefined {
  try {
    const schema = messageSchemaOf(type)
    if (schema !== undefined) thriftBinary.compile(schema, { depth: 64, values: 262_144 })
  } catch (error) {
    return error instanceof RpcError ? error.reason : String(error)
  }
  return undefined
}

test('what Thrift cannot carry is refused when it is compiled', t => {
  t.is(reasonOf(Far), 'field_number_too_large')
})

test('a oneOf within a list, a set or a map is refused, whatever the codec', t => {
  for (const type of [Choices, Chosen, Named]) t.is(reasonOf(type), 'invalid_one_of')
})

@Message()
class Ids {
  @Field(-32_768, bool) first = false
  @Field(-1, bool) second = false
  @Field(0, string) third = ''
  @Field(oneOf({ a: [-7, int32], b: [19_000, bool] })) choice?:
    | { case: 'a'; value: number }
    | { case: 'b'; value: boolean }
  @Field(19_999, bool) fourth = false
  @Field(32_767, string) last = ''
}

@Message()
class Below {
  @Field(0, string) name = ''
}

@Message()
class Case {
  @Field(oneOf({ a: [19_000, string] })) choice?: { case: 'a'; value: string }
}

test('Thrift has field ids below 1 and those that protobuf reserves', t => {
  const values = Object.assign(new Ids(), { first: true, second: true, third: 'x', fourth: true, last: 'y' })
  for (const codec of [thriftBinary, thriftCompact, thriftJson]) {
    const { encode, decode } = compile(codec, Ids)
    for (const choice of [undefined, { case: 'a', value: -5 }, { case: 'b', value: true }] as const) {
      const message = Object.assign(new Ids(), values, choice && { choice })
      t.deepEqual(decode(encode(message)), message, codec.name)
    }
  }
})

test('protobuf refuses them at start-up', t => {
  for (const [type, reason, message] of [
    [Ids, 'invalid_field_number', 'Ids.first: protobuf has no field numbers below 1, got -32768; write another'],
    [Below, 'invalid_field_number', 'Below.name: protobuf has no field numbers below 1, got 0; write another'],
    [
      Case,
      'reserved_field_number',
      'Case.choice (case a): protobuf reserves the field numbers 19000 to 19999, got 19000; write one below 19000',
    ],
  ] as const) {
    const error = t.throws(() => compile<unknown>(protobuf, type), { instanceOf: RpcError })
    t.is(error?.reason, reason)
    t.is(error?.message, message)
  }
})
