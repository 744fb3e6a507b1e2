import test from 'ava'
import { thriftBinary } from '../../src/codecs/thrift/codec.js'
import { Field, listOf, Message, oneOf, RpcError, string } from '../../src/index.js'
import { messageSchemaOf } from '../../src/schema/resolve.js'
import type { Class } from '../../src/schema/type.js'

@Message()
class Far {
  @Field(40_000, string) name!: string
}

@Message()
class Choices {
  @Field(1, listOf(oneOf({ a: [1, string] }))) all!: { case: 'a'; value: string }[]
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
  t.is(reasonOf(Choices), 'not_in_thrift')
})
