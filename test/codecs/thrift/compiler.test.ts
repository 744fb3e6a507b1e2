import test from 'ava'
import { thriftBinary } from '../../../src/codecs/thrift/codec.js'
import { Field, listOf, Message, mapOf, oneOf, RpcError, setOf, string } from '../../../src/index.js'
import { messageSchemaOf } from '../../../src/schema/resolve.js'
import type { Class } from '../../../src/schema/type.js'

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
