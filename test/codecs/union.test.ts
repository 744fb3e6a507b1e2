import test from 'ava'
import avsc from 'avsc'
import { avro } from '../../src/codecs/avro/codec.js'
import { AvroParser } from '../../src/codecs/avro/parser.js'
import { AvroReader } from '../../src/codecs/avro/reader.js'
import { AvroReads } from '../../src/codecs/avro/reads.js'
import { schemaToJson } from '../../src/codecs/avro/schema.js'
import { AvroShapes } from '../../src/codecs/avro/shape.js'
import { builtInCodecs } from '../../src/codecs/built-in.js'
import { json } from '../../src/codecs/json/codec.js'
import { xml } from '../../src/codecs/xml/codec.js'
import { xmlSchemaOf } from '../../src/codecs/xml/schema.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Field, Message } from '../../src/decorators/message.js'
// It checks contracts.
import '../../src/decorators/read-service.js'
import {
  bool,
  bytes,
  double,
  enumOf,
  int32,
  int64,
  listOf,
  mapOf,
  optional,
  setOf,
  string,
  struct,
  timestamp,
} from '../../src/schema/algebra.js'
import type { MessageSchema } from '../../src/schema/message.js'
import { messageSchemaOf } from '../../src/schema/resolve.js'
import type { Class, TypeLike } from '../../src/schema/type.js'
import { nullable, unionOf } from '../../src/schema/union.js'
import { compile, invalid } from './contract.js'
import { make } from './fixture.js'

@Message('vault.Link')
class Link {
  @Field(1, string) url = ''
}

@Message('vault.Page')
class Page extends Link {
  @Field(2, int32) number = 0
}

enum Kind {
  text,
  image,
}

@Message('vault.Document')
class Document {
  @Field(1, unionOf(string, bytes), { required: true }) body: string | Uint8Array = ''
  @Field(2, optional(unionOf(int32, int64, bool))) size?: number | bigint | boolean
  @Field(
    3,
    unionOf(() => Page, Link, listOf(string)),
  )
  source?: Page | Link | string[]
  @Field(4, listOf(nullable(double))) samples: (number | null)[] = []
  @Field(5, setOf(nullable(string))) tags = new Set<string | null>()
  @Field(6, mapOf(string, nullable(unionOf(string, int64)))) labels = new Map<string, string | bigint | null>()
  @Field(7, listOf(unionOf(enumOf(Kind, 'vault.Kind'), string))) kinds: (Kind | string)[] = []
  @Field(8, unionOf(string, int32)) title: string | number = 'none'
  @Field(9, listOf(nullable(() => Link))) links: (Link | null)[] = []
}

const full = make(Document, {
  body: Uint8Array.of(1, 2, 3),
  size: 2n ** 60n,
  source: make(Page, { url: 'a', number: 1 }),
  samples: [1, null, 2.5, null],
  tags: new Set(['a', null]),
  labels: new Map<string, string | bigint | null>([
    ['x', 'y'],
    ['n', null],
    ['i', 5n],
  ]),
  kinds: [Kind.image, 'image'],
  title: 7,
  links: [null, make(Link, { url: 'b' })],
})

const carriers = builtInCodecs.filter(({ name }) => name !== 'proto' && !name.startsWith('thrift'))

for (const codec of carriers) {
  test(`${codec.name}: a value of a union arrives as the type that it was`, t => {
    const serializer = compile(codec, Document)
    const others = [
      new Document(),
      make(Document, { body: 'text', size: 5, source: make(Link, { url: 'c' }), title: '' }),
      make(Document, { size: false, source: ['p', 'q'] }),
    ]
    for (const document of [full, ...others]) {
      const got = serializer.decode(serializer.encode(document))
      t.deepEqual(got, document)
      t.is(got.source?.constructor, document.source?.constructor)
    }
  })

  test(`${codec.name}: a value of no branch is refused`, t => {
    const serializer = compile(codec, Document)
    const refused: [Partial<Record<keyof Document, unknown>>, RegExp][] = [
      [{ body: 5 }, /body: expected string \| bytes, got number 5/],
      [{ samples: [1, undefined] }, /samples\[1\]: expected/],
      [{ samples: ['x'] }, /samples\[0\]: expected/],
      [{ labels: new Map([['x', true]]) }, /labels\["x"\]: expected string \| int64 \| null, got boolean/],
      [{ source: { url: 'x' } }, /source: expected vault\.Page \| vault\.Link \| list( \| null)?, got object/],
    ]
    for (const [fields, message] of refused)
      invalid(t, () => serializer.encode(Object.assign(new Document(), fields) as Document), message)
  })
}

for (const codec of builtInCodecs.filter(codec => !carriers.includes(codec))) {
  test(`${codec.name}: a class with a union is refused at start-up`, t => {
    const reason = codec.name === 'proto' ? 'not_in_protobuf' : 'not_in_thrift'
    const error = t.throws(() => compile(codec, Document), { instanceOf: RpcError })
    t.is(error?.reason, reason)
    t.regex(error?.message ?? '', /^Document\.body: (protobuf|Thrift) has no bare unions/)

    @Message('vault.Samples')
    class Samples {
      @Field(1, listOf(nullable(double))) samples: (number | null)[] = []
    }
    t.throws(() => compile(codec, Samples), { message: /^Samples\.samples: .*no null in a/ })
  })
}

test('the forms in JSON and XML', t => {
  const document = make(Document, { samples: [1, null], labels: full.labels })
  const body = { body: { string: '' }, title: { string: 'none' } }
  const labels = { x: { string: 'y' }, n: null, i: { int64: '5' } }
  t.deepEqual(JSON.parse(String(Buffer.from(compile(json, Document).encode(document)))), {
    ...body,
    samples: [1, null],
    labels,
  })
  const text = String(Buffer.from(compile(xml, Document).encode(make(Document, { samples: [1, null] }))))
  t.regex(text, /<body><string\/><\/body><samples><double>1<\/double><\/samples><samples\/>/)
  t.regex(xmlSchemaOf(Document), /<xs:choice minOccurs="0">\s*<xs:element name="double" type="xs:double"\/>/)
})

test('a type that the reader does not have is refused', t => {
  for (const [codec, bytes] of [
    [json, '{"body":{"double":1}}'],
    [json, '{"body":{}}'],
    [json, '{"body":{"string":"a","bytes":""}}'],
    [json, '{"body":"a"}'],
    [xml, '<Document><body><double>1</double></body></Document>'],
    [xml, '<Document><body/></Document>'],
    [xml, '<Document><body><string/><string/></body></Document>'],
  ] as const)
    invalid(t, () => compile(codec, Document).decode(Buffer.from(bytes)), /body/)
})

const schema = messageSchemaOf(Document) as MessageSchema
const written = schemaToJson(new AvroShapes().message(schema), new Set())

test('avsc reads bare unions, and polywire what avsc writes', t => {
  const type = avsc.Type.forSchema(
    written as avsc.Schema,
    { wrapUnions: 'always', registry: { long: long() } } as never,
  )
  const bytes = Buffer.from(compile(avro, Document).encode(full))
  const value = type.fromBuffer(bytes) as Record<string, unknown>
  const branch = (one: unknown) => one && Object.entries(one)[0]
  t.deepEqual(branch(value.body), ['bytes', Buffer.of(1, 2, 3)])
  t.deepEqual((value.samples as unknown[]).map(branch), [['double', 1], null, ['double', 2.5], null])
  t.deepEqual(Object.keys(value.source as object), ['vault.Page'])
  t.deepEqual((value.kinds as unknown[]).map(branch), [
    ['vault.Kind', 'image'],
    ['string', 'image'],
  ])
  t.deepEqual(compile(avro, Document).decode(type.toBuffer(value)), full)
})

/** avsc's own numbers lose what a bigint has. */
function long(): avsc.types.LongType {
  return avsc.types.LongType.__with({
    fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
    toBuffer(value: bigint) {
      const buffer = Buffer.alloc(8)
      buffer.writeBigInt64LE(value)
      return buffer
    },
    fromJSON: Number,
    toJSON: Number,
    isValid: (value: unknown) => typeof value === 'bigint',
    compare: (one: bigint, other: bigint) => (one < other ? -1 : one > other ? 1 : 0),
  })
}

test('a union reads what the writer promotes, and a branch by its name', t => {
  const writer = (type: unknown) => ({ type: 'record', name: 'vault.Document', fields: [{ name: 'size', type }] })
  @Message('vault.Document')
  class Sizes {
    @Field(optional(unionOf(string, double))) size?: string | number
  }
  const read = (type: unknown, bytes: Uint8Array) => {
    const sizes = messageSchemaOf(Sizes) as MessageSchema
    const reads = new AvroReads({ depth: 64, values: 1000 })
    return (reads.message(new AvroParser().schema(writer(type), ''), sizes)(new AvroReader(bytes), 0) as Sizes).size
  }
  t.is(read('int', avsc.Type.forSchema('int').toBuffer(7)), 7)
  t.is(read('double', avsc.Type.forSchema('double').toBuffer(7.5)), 7.5)
  t.is(read('bytes', avsc.Type.forSchema('bytes').toBuffer(Buffer.from('x'))), 'x')
  t.is(read(['null', 'int'], Buffer.of(0)), undefined)
  t.throws(() => read('boolean', Buffer.of(1)), { any: true })
})

test('what no value could choose is refused at start-up', t => {
  const refused: [TypeLike, RegExp][] = [
    [unionOf(int32, double), /int32 and double are both number in JavaScript/],
    [unionOf(string, enumOf({ a: 'A' }, 'x.E')), /string and x\.E are both string/],
    [unionOf(string, struct), /values of struct can be of many JavaScript types/],
    [unionOf(string, nullable(int32)), /a union cannot be within a union/],
    [unionOf(Link, Link), /are both message/],
    [listOf(nullable(struct)), /values of struct/],
    [nullable(string), /nullable stands only within listOf, setOf and mapOf; write optional/],
    [optional(nullable(string)), /nullable stands only within/],
  ]
  for (const [type, message] of refused) {
    class Wrong {
      declare field: unknown
    }
    ;(Field(type) as unknown as (target: object, key: string) => void)(Wrong.prototype, 'field')
    ;(Message() as unknown as (target: Class) => void)(Wrong)
    const error = t.throws(() => messageSchemaOf(Wrong)?.fields, { instanceOf: RpcError, message })
    t.true(['invalid_union', 'misplaced_type'].includes(error?.reason ?? ''))
  }
  @Message('vault.Twice')
  class Twice {
    @Field(unionOf(int64, timestamp)) at?: bigint | Date
  }
  const error = t.throws(() => compile(avro, Twice), {
    instanceOf: RpcError,
    message: /vault\.Twice_at: int64 and timestamp are both long in Avro/,
  })
  t.is(error?.reason, 'not_in_avro')
  t.notThrows(() => compile(json, Twice))
})
