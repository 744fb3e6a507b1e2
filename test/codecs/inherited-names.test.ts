import test from 'ava'
import { avro } from '../../src/codecs/avro/codec.js'
import { json } from '../../src/codecs/json/codec.js'
import { msgpack, msgpackCompact } from '../../src/codecs/msgpack/codec.js'
import { protobuf } from '../../src/codecs/protobuf/codec.js'
import { thriftBinary, thriftCompact, thriftJson } from '../../src/codecs/thrift/codec.js'
import { xml } from '../../src/codecs/xml/codec.js'
import { Field, Message } from '../../src/decorators/message.js'
import { int32, type OneOf, oneOf, optional, string } from '../../src/schema/algebra.js'
import { compile } from './contract.js'
import { make } from './fixture.js'

const cases = { valueOf: [4, string], hasOwnProperty: [5, int32] } as const

/** Every JavaScript object has properties of these names. */
@Message('demo.Inherited')
class Inherited {
  @Field(1, string, { name: 'constructor' }) constructor_ = ''
  @Field(2, optional(string), { name: 'prototype' }) prototype_?: string
  @Field(3, optional(int32), { name: 'toString' }) text?: number
  @Field(oneOf(cases)) choice?: OneOf<typeof cases>
}

for (const codec of [json, xml, msgpack, msgpackCompact, avro, protobuf, thriftBinary, thriftCompact, thriftJson]) {
  test(`${codec.name}: a field may have the name of what every object has`, t => {
    const { encode, decode } = compile(codec, Inherited)
    for (const message of [
      new Inherited(),
      make(Inherited, { constructor_: 'a', prototype_: '', text: 0, choice: { case: 'valueOf', value: 'b' } }),
      make(Inherited, { choice: { case: 'hasOwnProperty', value: 7 } }),
    ])
      t.deepEqual(decode(encode(message)), message)
  })
}
