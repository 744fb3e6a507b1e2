import { inspect } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import avsc from 'avsc'
import { connect } from '../../src/client/connect.js'
import { disconnect } from '../../src/client/proxy.js'
import { avro } from '../../src/codecs/avro/codec.js'
import { AvroParser } from '../../src/codecs/avro/parser.js'
import { AvroReader } from '../../src/codecs/avro/reader.js'
import { AvroReads } from '../../src/codecs/avro/reads.js'
import { schemaToJson } from '../../src/codecs/avro/schema.js'
import { AvroShapes } from '../../src/codecs/avro/shape.js'
import { defaultLimits } from '../../src/core/limits.js'
import { unimplemented } from '../../src/core/rpc-error.js'
import { Doc } from '../../src/decorators/doc.js'
import { Field, Message } from '../../src/decorators/message.js'
import { Method, Service } from '../../src/decorators/service.js'
import { serve } from '../../src/hosting/serve.js'
import { readAvro } from '../../src/idl/avro/read.js'
import { avpr } from '../../src/idl/avro/write.js'
import { classesOf } from '../../src/idl/classes.js'
import type { Contract } from '../../src/idl/format.js'
import { lockText } from '../../src/idl/lock/format.js'
import { readLock } from '../../src/idl/lock/read.js'
import { lockOf } from '../../src/idl/lock/write.js'
import type { SourceModel } from '../../src/idl/model.js'
import { contractOf } from '../../src/idl/module-contract.js'
import { Refusal } from '../../src/idl/refusal.js'
import { SourceText } from '../../src/idl/source-text.js'
import { writeTypeScript } from '../../src/idl/typescript/write.js'
import {
  bytes,
  double,
  enumOf,
  int32,
  int64,
  listOf,
  mapOf,
  nothing,
  oneOf,
  optional,
  setOf,
  string,
  timestamp,
  uint64,
} from '../../src/schema/algebra.js'
import { defaulted } from '../../src/schema/defaulted.js'
import type { MessageSchema } from '../../src/schema/message.js'
import { date, decimal, fixed, localTimestamp, timeOfDay } from '../../src/schema/refined.js'
import { messageSchemaOf } from '../../src/schema/resolve.js'
import { nullable, unionOf } from '../../src/schema/union.js'

@Message('ledger.Entry')
class Entry {
  @Field(fixed(4, 'ledger.Digest'), { required: true }) digest: Uint8Array = new Uint8Array(4)
  @Field(listOf(fixed(4, 'ledger.Digest'))) digests: Uint8Array[] = []
  @Field(fixed(2, 'ledger.Mark')) mark: Uint8Array = Uint8Array.of(1, 255)
  @Field(date, { required: true }) day = '1970-01-01'
  @Field(date) since = '2024-02-29'
  @Field(optional(timeOfDay('micros'))) opens?: string
  @Field(timeOfDay('millis')) closes = '08:30:00'
  @Field(timestamp('micros'), { required: true }) stored = '1970-01-01T00:00:00Z'
  @Field(optional(timestamp('nanos'))) measured?: string
  @Field(localTimestamp('millis')) departs = '1970-01-01T00:00:01'
  @Field(localTimestamp('micros'), { required: true }) leaves = '1970-01-01T00:00:00'
  @Field(optional(localTimestamp('nanos'))) arrives?: string
  @Field(decimal(10, 2)) amount = '-0.01'
  @Field(decimal(30, 10, fixed(16, 'ledger.Wide')), { required: true }) rate = '0.0000000000'
  @Field(mapOf(string, decimal(5, 0))) counts = new Map<string, string>()
  @Field(mapOf(date, string)) names = new Map<string, string>()
}

@Service('ledger.Ledger')
class Ledger {
  @Method({ args: { day: date, amount: decimal(10, 2) }, returns: decimal(12, 2) })
  total(_day: string, _amount: string): Promise<string> {
    return unimplemented()
  }

  @Method({ accepts: Entry, returns: Entry })
  store(_request: Entry): Promise<Entry> {
    return unimplemented()
  }
}

function imported(json: unknown): SourceModel {
  const text = new SourceText('ledger.avpr', JSON.stringify(json))
  const [file] = readAvro([{ text, path: 'ledger', json }]).files
  if (file === undefined) throw new Error('nothing was read')
  return file
}

function again(model: SourceModel): Contract {
  const { services, messages, others } = classesOf([model])
  return contractOf(Object.fromEntries([...services, ...messages, ...Object.entries(others)]))
}

/** What is exported, imported and exported again is the same. */
function returns(t: ExecutionContext, contract: Contract): SourceModel {
  const json: unknown = JSON.parse(avpr.write(contract)[0]?.text ?? '')
  const model = imported(json)
  t.deepEqual(JSON.parse(avpr.write(again(model))[0]?.text ?? ''), json)
  return model
}

enum Kind {
  TEXT = 0,
  IMAGE = 1,
}
const kind = enumOf(Kind, 'ledger.Kind')

@Message('ledger.Link')
class Link {
  @Field(string) url = ''
}

@Message('ledger.Document')
class Document {
  @Field(unionOf(string, bytes), { required: true }) body: string | Uint8Array = ''
  @Field(optional(unionOf(int32, int64, Link))) size?: number | bigint | Link
  @Field(unionOf(string, int32)) title: string | number = ''
  @Field(unionOf(int64, string)) count: bigint | string = 7n
  @Field(unionOf(kind, string)) what: Kind | string = Kind.IMAGE
  @Field(listOf(nullable(double))) samples: (number | null)[] = []
  @Field(mapOf(string, nullable(unionOf(string, listOf(int64))))) labels = new Map<string, string | bigint[] | null>()
}

@Service('ledger.Library')
class Library {
  @Method({ args: { key: unionOf(string, int64) }, returns: optional(unionOf(string, Document)) })
  find(_key: string | bigint): Promise<string | Document | undefined> {
    return unimplemented()
  }
}

test('unions and nullable elements are the same after export and import', t => {
  const model = returns(t, contractOf({ Library, Document }))
  const [written] = writeTypeScript([model], () => 'ledger.avpr -o .')
  for (const line of [
    "  @Field(unionOf(string, bytes), { required: true }) body: string | Uint8Array = ''",
    '  @Field(optional(unionOf(int32, int64, Link))) size?: number | bigint | Link',
    "  @Field(unionOf(string, int32)) title: string | number = ''",
    '  @Field(unionOf(int64, string)) count: bigint | string = 7n',
    '  @Field(unionOf(kind, string)) what: Kind | string = Kind.IMAGE',
    '  @Field(listOf(nullable(double))) samples: (number | null)[] = []',
    '  @Field(mapOf(string, nullable(unionOf(string, listOf(int64))))) labels = new Map<string, string | bigint[] | null>()',
    '  @Method({ args: { key: unionOf(string, int64) }, returns: optional(unionOf(string, Document)) })',
    '  find(_key: string | bigint): Promise<string | Document | undefined> { return unimplemented() }',
  ])
    t.true(written?.text.includes(`${line}\n`), `${line}\n${written?.text}`)
  const lock = lockOf(contractOf({ Library, Document }))
  t.is(lockText(lockOf(again(readLock(lock)))), lockText(lock))
  t.true(lock.messages['ledger.Document']?.includes('- samples list union(double, null)'), inspect(lock))
})

@Message('ledger.Order', { properties: { owner: 'shop', aliases: ['ledger.Sale'], 'x-y': { n: [1, null] } } })
class Order {
  @Field(enumOf(Kind, 'ledger.Sort', { unknown: Kind.IMAGE, properties: { level: 2 } }), { required: true }) sort =
    Kind.TEXT
  @Field(string, { aliases: ['remark'], properties: { order: 'ignore', pii: true } }) note = ''
}

@Service('ledger.Orders')
class Orders {
  @Method({ args: { id: [1, string, { aliases: ['key', 'name'] }], order: Order }, returns: nothing })
  async put(_id: string, _order: Order): Promise<void> {}
}

test('enum defaults, aliases and custom properties are the same after export and import', t => {
  const model = returns(t, contractOf({ Orders, Order }))
  const [written] = writeTypeScript([model], () => 'ledger.avpr -o .')
  for (const line of [
    "export const sort = enumOf(Sort, 'ledger.Sort', { unknown: Sort.IMAGE, properties: { level: 2 } })",
    "@Message('ledger.Order', { properties: { owner: 'shop', aliases: ['ledger.Sale'], 'x-y': { n: [1, null] } } })",
    "  @Field(string, { aliases: ['remark'], properties: { order: 'ignore', pii: true } }) note = ''",
    "  @Method({ args: { id: [1, string, { aliases: ['key', 'name'] }], order: Order }, returns: nothing })",
  ])
    t.true(written?.text.includes(`${line}\n`), `${line}\n${written?.text}`)
  const lock = lockOf(contractOf({ Orders, Order }))
  t.deepEqual(lock.enums['ledger.Sort'], ['0 TEXT', '1 IMAGE', 'unknown IMAGE'])
  t.is(lockText(lockOf(again(readLock(lock)))), lockText(lock))
})

@Message('ledger.Point')
class Point {
  @Field(int32) x = 3
  @Field(double) y = 0
  @Field(optional(string)) label?: string
  @Field(listOf(int32)) marks: number[] = []
}

@Message('ledger.Shape')
class Shape {
  @Field(Point) plain: Point = new Point()
  @Field(Point) corner: Point = Object.assign(new Point(), { x: 0, marks: [1, 2] })
  @Field(listOf(string)) tags: string[] = ['a', 'b']
  @Field(setOf(int64)) ids = new Set([1n, -2n])
  @Field(mapOf(string, Point)) points = new Map([['a', Object.assign(new Point(), { y: 0.5 })]])
  @Field(mapOf(int32, string)) names = new Map([[1, 'one']])
  @Field(listOf(nullable(double))) gaps: (number | null)[] = [null]
  @Field(timestamp) made: Date = new Date(1000)
  @Field(uint64) big = 18446744073709551615n
  @Field(decimal(20, 0)) digits = '-12'
  @Field(optional(int32)) limit?: number = 10
  @Field(optional(int32)) none?: number = 0
  @Field(optional(Point)) origin?: Point = new Point()
  @Field(optional(unionOf(string, int32))) title?: string | number = 'x'
}

@Service('ledger.Shapes')
class Shapes {
  @Method({
    args: {
      at: defaulted(Point, () => new Point()),
      count: defaulted(int32, 5),
      tags: defaulted(listOf(string), () => ['a']),
    },
    returns: Shape,
  })
  find(_at?: Point, _count?: number, _tags?: string[]): Promise<Shape> {
    return unimplemented()
  }
}

test('defaults of records, collections, arguments and unions with null are the same after export and import', t => {
  const model = returns(t, contractOf({ Shapes, Shape }))
  const [written] = writeTypeScript([model], () => 'ledger.avpr -o .')
  for (const line of [
    '  @Field(int32) x = 3',
    '  @Field(Point) plain: Point = new Point()',
    '  @Field(Point) corner: Point = Object.assign(new Point(), { x: 0, marks: [1, 2] })',
    "  @Field(listOf(string)) tags: string[] = ['a', 'b']",
    "  @Field(mapOf(string, Point)) points: Map<string, Point> = new Map([['a', Object.assign(new Point(), { y: 0.5 })]])",
    '  @Field(listOf(nullable(double))) gaps: (number | null)[] = [null]',
    '  @Field(timestamp) made: Date = new Date(1000)',
    '  @Field(uint64) big = 18446744073709551615n',
    "  @Field(decimal(20, 0)) digits = '-12'",
    '  @Field(optional(int32)) limit?: number = 10',
    '  @Field(optional(int32)) none?: number = 0',
    '  @Field(optional(Point)) origin?: Point = new Point()',
    "  @Field(optional(unionOf(string, int32))) title?: string | number = 'x'",
    "  @Method({ args: { at: defaulted(Point, () => new Point()), count: defaulted(int32, 5), tags: defaulted(listOf(string), () => ['a']) }, returns: Shape })",
  ])
    t.true(written?.text.includes(`${line}\n`), `${line}\n${written?.text}`)
})

test('a field with a default that is null is absent, and one that the writer does not have has its default', t => {
  const codec = avro.compile(messageSchemaOf(Shape) as MessageSchema<Shape>, defaultLimits)
  const shape = Object.assign(new Shape(), { limit: undefined, none: undefined, title: undefined, origin: undefined })
  const read = codec.decode(codec.encode(shape))
  t.deepEqual([read.limit, read.none, read.title, read.origin], [undefined, undefined, undefined, undefined])
  const other = codec.decode(codec.encode(Object.assign(new Shape(), { limit: 7, title: 8 })))
  t.deepEqual([other.limit, other.none, other.title, other.origin], [7, 0, 8, new Point()])
  const writer = new AvroParser().schema({ type: 'record', name: 'ledger.Shape', fields: [] }, '')
  const reads = new AvroReads({ depth: 64, values: 1000 }).message(writer, messageSchemaOf(Shape) as MessageSchema)
  t.deepEqual(reads(new AvroReader(new Uint8Array()), 0), new Shape())
})

test('another implementation reads the exported defaults', t => {
  const schema = schemaToJson(new AvroShapes().message(messageSchemaOf(Shape) as MessageSchema), new Set())
  const type = avsc.Type.forSchema(schema as avsc.Schema) as avsc.types.RecordType
  const plain = JSON.parse(JSON.stringify(type.fields.map(field => [field.name, field.defaultValue()])))
  const values = Object.fromEntries(plain) as Record<string, unknown>
  t.like(values, { plain: { x: 3, y: 0 }, corner: { x: 0, marks: [1, 2] }, tags: ['a', 'b'], made: 1000 })
})

test('a default that its type does not have is refused with its place', t => {
  for (const [type, value] of [
    ['int', 'five'],
    ['long', 2 ** 60],
    [{ type: 'array', items: 'int' }, ['a']],
    [{ type: 'map', values: 'int' }, []],
    [{ type: 'record', name: 'a.P', fields: [{ name: 'y', type: ['null', 'int'], default: null }] }, { y: 1 }],
  ] as const) {
    const json = { type: 'record', name: 'a.R', fields: [{ name: 'x', type, default: value }] }
    const message = /ledger\.avpr.*the default of x: it is not a value that its type has in a class/
    t.throws(() => imported(json), { instanceOf: Refusal, message }, JSON.stringify(value))
  }
})

const digest = fixed(4, 'ledger.Hash', { doc: 'Of the text.', properties: { aliases: ['ledger.Sum'], bits: 32 } })

@Message('ledger.Told')
class Told {
  @Field(digest, { required: true }) digest: Uint8Array = new Uint8Array(4)
  @Field(optional(unionOf(string, int32), { nullAt: 1 })) title?: string | number
  @Field(optional(unionOf(string, int32), { nullAt: 1 })) name?: string | number = 'x'
  @Field(optional(string, { nullAt: 1 })) note?: string
  @Field(listOf(nullable(unionOf(string, int32), { nullAt: 2 }))) parts: (string | number | null)[] = []
  @Field(oneOf({ card: [string, { doc: 'Its number.', properties: { pii: true } }], cash: int32 })) paid?:
    | { case: 'card'; value: string }
    | { case: 'cash'; value: number }
}

@Doc('Tells.')
@Service('ledger.Teller', { properties: { owner: 'shop', aliases: ['ledger.Clerk'] } })
class Teller {
  @Doc('Says it.')
  @Method({
    args: {
      line: [1, string, { doc: 'What to say.', properties: { pii: true } }],
      times: defaulted(optional(int32), 5),
      how: defaulted(optional(unionOf(string, int32), { nullAt: 1 }), 'loud'),
      where: optional(string, { nullAt: 1 }),
    },
    returns: optional(unionOf(string, Told), { nullAt: 2 }),
    properties: { cost: { cents: 2 } },
  })
  async say(line: string, times?: number, how?: string | number, where?: string): Promise<string | Told | undefined> {
    return [line, times, how, where].map(String).join(' ')
  }
}

test('properties of protocols, messages, arguments and fixed, descriptions and the place of null come back', t => {
  const model = returns(t, contractOf({ Teller, Told }))
  const [written] = writeTypeScript([model], () => 'ledger.avpr -o .')
  for (const line of [
    "  @Field(fixed(4, 'ledger.Hash', { doc: 'Of the text.', properties: { aliases: ['ledger.Sum'], bits: 32 } }), { required: true }) digest: Uint8Array = new Uint8Array(4)",
    '  @Field(optional(unionOf(string, int32), { nullAt: 1 })) title?: string | number',
    "  @Field(optional(unionOf(string, int32), { nullAt: 1 })) name?: string | number = 'x'",
    '  @Field(optional(string, { nullAt: 1 })) note?: string',
    '  @Field(listOf(nullable(unionOf(string, int32), { nullAt: 2 }))) parts: (string | number | null)[] = []',
    "@Service('ledger.Teller', { properties: { owner: 'shop', aliases: ['ledger.Clerk'] } })",
    "  @Method({ args: { line: [1, string, { properties: { pii: true } }], times: defaulted(optional(int32), 5), how: defaulted(optional(unionOf(string, int32), { nullAt: 1 }), 'loud'), where: optional(string, { nullAt: 1 }) }, returns: optional(unionOf(string, Told), { nullAt: 2 }), properties: { cost: { cents: 2 } } })",
    '   * @param _line What to say.',
    '/** Its number. */',
  ])
    t.true(written?.text.includes(`${line}\n`), `${line}\n${written?.text}`)
  const json = JSON.parse(avpr.write(contractOf({ Teller }))[0]?.text ?? '') as {
    messages: { Say: { request: object[] } }
  }
  t.like(json, { owner: 'shop', aliases: ['ledger.Clerk'], messages: { Say: { cost: { cents: 2 } } } })
  t.deepEqual(json.messages.Say.request, [
    { name: 'line', doc: 'What to say.', type: 'string', default: '', pii: true },
    { name: 'times', type: ['int', 'null'], default: 5 },
    { name: 'how', type: ['string', 'null', 'int'], default: 'loud' },
    { name: 'where', type: ['string', 'null'] },
  ])
})

test('null is written at its place', t => {
  const told = Object.assign(new Told(), {
    title: 7,
    name: undefined,
    note: 'n',
    parts: ['a', null, 3],
    paid: { case: 'cash', value: 2 },
  })
  const schema = new AvroShapes().message(messageSchemaOf(Told) as MessageSchema)
  const type = avsc.Type.forSchema(schemaToJson(schema, new Set()) as avsc.Schema, { wrapUnions: true })
  const codec = avro.compile(messageSchemaOf(Told) as MessageSchema<Told>, defaultLimits)
  const bytes = codec.encode(told)
  const read = JSON.parse(JSON.stringify(type.fromBuffer(Buffer.from(bytes)))) as object
  t.like(read, { title: { int: 7 }, name: null, note: { string: 'n' }, parts: [{ string: 'a' }, null, { int: 3 }] })
  t.deepEqual(codec.decode(bytes), told)
  const bare = codec.decode(codec.encode(new Told()))
  t.deepEqual([bare.title, bare.name, bare.note], [undefined, 'x', undefined])
})

test('an argument that may be null has its default if it is absent, and none if it is null', async t => {
  const server = await serve([Teller], { port: 0 })
  t.teardown(() => server.close())
  const teller = connect(Teller, `avro://127.0.0.1:${server.port}`)
  t.teardown(() => disconnect(teller))
  t.is(await teller.say('a'), 'a 5 loud undefined')
  t.is(await teller.say('a', null as never, null as never), 'a undefined undefined undefined')
})

test('an unknown symbol is read as the default of the enum, and an argument by its earlier name', t => {
  const schema = messageSchemaOf(Order) as MessageSchema
  const sort = { type: 'enum', name: 'ledger.Sort', symbols: ['TEXT', 'SOUND'] }
  const order = { type: 'record', name: 'ledger.Order', fields: [{ name: 'sort', type: sort }] }
  const reads = () => new AvroReads({ depth: 64, values: 1000 })
  const read = reads().message(new AvroParser().schema(order, ''), schema)
  t.is((read(new AvroReader(Uint8Array.of(2)), 0) as Order).sort, Kind.IMAGE)
  const [put] = contractOf({ Orders }).services[0]?.methods ?? []
  const input = put?.input as MessageSchema
  const request = new AvroParser().fields([{ name: 'name', type: 'string' }], '', 0)
  const args = reads().parameters(request, { ...input, fields: input.fields.slice(0, 1) })
  t.deepEqual(args(new AvroReader(Uint8Array.of(2, 0x61)), 0), { id: 'a' })
})

test('a union whose types are one in JavaScript is refused with its place', t => {
  const json = { type: 'record', name: 'a.R', fields: [{ name: 'x', type: ['int', 'double'] }] }
  const message = /ledger\.avpr.*union of int32 and double.*both are number in JavaScript/
  t.throws(() => imported(json), { instanceOf: Refusal, message })
})

const contract = contractOf({ Ledger, Entry })

test('fixed bytes, days, fine times and decimals are the same after export and import', t => {
  const model = returns(t, contract)
  const [written] = writeTypeScript([model], () => 'ledger.avpr -o .')
  for (const line of [
    "  @Field(fixed(4, 'ledger.Digest'), { required: true }) digest: Uint8Array = new Uint8Array(4)",
    "  @Field(listOf(fixed(4, 'ledger.Digest'))) digests: Uint8Array[] = []",
    "  @Field(fixed(2, 'ledger.Mark')) mark: Uint8Array = new Uint8Array([1, 255])",
    "  @Field(date, { required: true }) day = '1970-01-01'",
    "  @Field(date) since = '2024-02-29'",
    "  @Field(optional(timeOfDay('micros'))) opens?: string",
    "  @Field(timestamp('micros'), { required: true }) stored = '1970-01-01T00:00:00Z'",
    "  @Field(localTimestamp('millis')) departs = '1970-01-01T00:00:01'",
    "  @Field(decimal(10, 2)) amount = '-0.01'",
    "  @Field(decimal(30, 10, fixed(16, 'ledger.Wide')), { required: true }) rate = '0.0000000000'",
    '  @Field(mapOf(date, string)) names = new Map<string, string>()',
    '  @Method({ args: { day: date, amount: decimal(10, 2) }, returns: decimal(12, 2) })',
  ])
    t.true(written?.text.includes(`${line}\n`), `${line}\n${written?.text}`)
})

test('the lock of them reads as the same lock', t => {
  const lock = lockOf(contract)
  t.is(lockText(lockOf(again(readLock(lock)))), lockText(lock))
})

test('a logical type that does not fit its type is ignored, as the specification has it', t => {
  const field = (type: unknown) => ({ type: 'record', name: 'a.R', fields: [{ name: 'x', type }] })
  const typeOf = (type: unknown) => {
    const [x] = imported(field(type)).messages[0]?.fields ?? []
    return x?.kind === 'field' && x.type.kind === 'scalar' ? [x.type.name, x.type.refined] : undefined
  }
  t.deepEqual(typeOf({ type: 'string', logicalType: 'date' }), ['string', undefined])
  t.deepEqual(typeOf({ type: 'long', logicalType: 'fortnights' }), ['int64', undefined])
  t.deepEqual(typeOf({ type: 'bytes', logicalType: 'decimal', scale: 2 }), ['bytes', undefined])
  t.deepEqual(typeOf({ type: 'int', logicalType: 'date' }), ['string', { kind: 'date' }])
})
