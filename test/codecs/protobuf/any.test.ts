import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { AnySchema, anyPack, anyUnpack, type Struct, StructSchema, TimestampSchema } from '@bufbuild/protobuf/wkt'
import test from 'ava'
import { fromJson, toJson } from '../../../src/codecs/json/to-json.js'
import { Any } from '../../../src/codecs/protobuf/any.js'
import { protobuf } from '../../../src/codecs/protobuf/codec.js'
import { Code } from '../../../src/core/code.js'
import { string, struct, timestamp, wrapped } from '../../../src/schema/algebra.js'
import { compile, invalid } from '../contract.js'
import { Item, make, Tree } from '../fixture.js'

const serializer = compile(protobuf, Any)

test('it holds a value of one type, and unpacks as no other', t => {
  const pen = make(Item, { name: 'pen', price: 1.25 })
  const any = Any.pack(Item, pen)
  t.is(any.typeUrl, 'type.googleapis.com/demo.Item')
  t.true(any.is(Item))
  t.false(any.is(Tree))
  t.deepEqual(any.unpack(Item), pen)
  t.is(any.unpack(Tree), undefined)
  t.deepEqual(Any.pack(wrapped(string), 'x').unpack(wrapped(string)), 'x')
})

test('the well-known types are those of another implementation', t => {
  const theirs = fromBinary(AnySchema, serializer.encode(Any.pack(struct, { a: [1, null, 'x'], b: { c: true } })))
  const packed = anyUnpack(theirs, StructSchema) as Struct
  t.deepEqual(packed.fields.b?.kind.case, 'structValue')
  const at = anyPack(TimestampSchema, { $typeName: 'google.protobuf.Timestamp', seconds: 2n, nanos: 5_000_000 })
  t.deepEqual(serializer.decode(toBinary(AnySchema, at)).unpack(timestamp), new Date(2005))
})

test('JSON shows the message beside its type, and needs its class', t => {
  const json = toJson(Any, Any.pack(Item, make(Item, { name: 'pen' })))
  t.deepEqual(json, { '@type': 'type.googleapis.com/demo.Item', name: 'pen' })
  t.deepEqual(fromJson(Any, json).unpack(Item), make(Item, { name: 'pen' }))
  const missing = /no @Message class of the type type.googleapis.com\/demo.Missing has been declared/
  invalid(t, () => fromJson(Any, { '@type': 'type.googleapis.com/demo.Missing' }), missing)
  invalid(t, () => toJson(Any, make(Any, { typeUrl: 'type.googleapis.com/demo.Missing' })), missing)
  invalid(t, () => fromJson(Any, { name: 'pen' }), /an object without "@type"/)
  const broken = make(Any, { typeUrl: 'type.googleapis.com/demo.Item', value: new Uint8Array([255]) })
  t.is(invalid(t, () => toJson(Any, broken)).code, Code.invalid_argument)
})

test('only what is a message in protobuf can be packed', t => {
  t.throws(() => Any.pack(string, 'x'), { message: /^Any.pack: string is not a message in protobuf; / })
})
