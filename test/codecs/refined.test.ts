import test from 'ava'
import avsc from 'avsc'
import fc from 'fast-check'
import { AvroParser } from '../../src/codecs/avro/parser.js'
import { AvroReader } from '../../src/codecs/avro/reader.js'
import { AvroReads } from '../../src/codecs/avro/reads.js'
import { schemaToJson } from '../../src/codecs/avro/schema.js'
import { AvroShapes } from '../../src/codecs/avro/shape.js'
import { AvroWriter } from '../../src/codecs/avro/writer.js'
import { AvroWrites } from '../../src/codecs/avro/writes.js'
import { builtInCodecs } from '../../src/codecs/built-in.js'
import { json } from '../../src/codecs/json/codec.js'
import { protobuf } from '../../src/codecs/protobuf/codec.js'
import { asInvalidMessage } from '../../src/codecs/values/fault.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Field, Message } from '../../src/decorators/message.js'
import { listOf, mapOf, optional, timestamp } from '../../src/schema/algebra.js'
import type { MessageSchema } from '../../src/schema/message.js'
import { date, decimal, fixed, localTimestamp, timeOfDay } from '../../src/schema/refined.js'
import { messageSchemaOf, typeOf } from '../../src/schema/resolve.js'
import { json as pageJson } from '../../src/web/index.js'
import { compile, invalid } from './contract.js'
import { make } from './fixture.js'

@Message('bank.Entry')
class Entry {
  @Field(1, fixed(4, 'bank.Digest')) digest: Uint8Array = new Uint8Array(4)
  @Field(2, date) day?: string
  @Field(3, timeOfDay) opens?: string
  @Field(4, timeOfDay('millis')) closes?: string
  @Field(5, timestamp('micros')) stored?: string
  @Field(6, timestamp('nanos')) measured?: string
  @Field(7, localTimestamp('millis')) departs?: string
  @Field(8, localTimestamp('nanos')) arrives?: string
  @Field(9, decimal(10, 2)) amount = '0.00'
  @Field(10, decimal(30, 10, fixed(16, 'bank.Wide'))) rate?: string
  @Field(11, optional(decimal(5))) count?: string
  @Field(12, listOf(date)) holidays: string[] = []
  @Field(13, mapOf(date, decimal(10, 2))) totals = new Map<string, string>()
  @Field(14, timestamp) seen?: Date
}

const full = make(Entry, {
  digest: Uint8Array.of(1, 2, 3, 255),
  day: '2024-02-29',
  opens: '08:30:00.000250',
  closes: '23:59:59.999',
  stored: '1969-12-31T23:59:59.999999Z',
  measured: '2030-01-31T12:30:00.000000001Z',
  departs: '0001-01-01T00:00:00',
  arrives: '2261-12-31T23:59:59.123456789',
  amount: '-12345678.90',
  rate: '-99999999999999999999.0000000001',
  count: '-99999',
  holidays: ['0001-01-01', '9999-12-31'],
  totals: new Map([['2024-01-01', '0.01']]),
  seen: new Date(1),
})

for (const codec of [...builtInCodecs, { ...pageJson, name: 'json of pages' }]) {
  const codecOf = () => compile(codec, Entry)

  test(`${codec.name}: decimals, fixed bytes, days and fine times arrive as they are`, t => {
    const serializer = codecOf()
    for (const entry of [new Entry(), full]) t.deepEqual(serializer.decode(serializer.encode(entry)), entry)
  })

  test(`${codec.name}: every wire gives the same text for one value`, t => {
    const serializer = codecOf()
    const sent = make(Entry, {
      amount: '007.5',
      stored: '2030-01-31T13:30:00.5+01:00',
      opens: '08:30:00.100000',
      count: '-0',
    })
    const got = serializer.decode(serializer.encode(sent))
    t.is(got.amount, '7.50')
    t.is(got.stored, '2030-01-31T12:30:00.500Z')
    t.is(got.opens, '08:30:00.100')
    t.is(got.count, '0')
  })

  test(`${codec.name}: what a type cannot hold is refused, not rounded`, t => {
    const serializer = codecOf()
    const refused: [Partial<Record<keyof Entry, unknown>>, RegExp][] = [
      [{ digest: new Uint8Array(5) }, /digest: expected 4 bytes, got 5/],
      [{ day: '2023-02-29' }, /day: expected date/],
      [{ day: new Date(0) }, /day: expected date \(a string\), got Date/],
      [{ opens: '24:00:00' }, /opens: expected timeOfDay/],
      [{ opens: '08:30:00.0000001' }, /opens: expected a time in micros, got a fraction of one; round it/],
      [{ stored: '2030-01-31T12:30:00' }, /stored: expected timestamp/],
      [{ departs: '2030-01-31T12:30:00Z' }, /departs: expected localTimestamp/],
      [{ amount: '1.005' }, /amount: expected decimal with 2 digits after the point, got more; round it/],
      [{ amount: '100000000.00' }, /amount: expected decimal of at most 10 digits, got more/],
      [{ amount: '1e3' }, /amount: expected decimal, got text/],
      [{ amount: 5 }, /amount: expected decimal \(a string\), got number 5/],
    ]
    for (const [fields, message] of refused)
      invalid(t, () => serializer.encode(Object.assign(new Entry(), fields) as Entry), message)
  })
}

test('a peer that breaks the form is refused when its text arrives', t => {
  const serializer = compile(json, Entry)
  for (const text of ['{"day":"2023-02-29"}', '{"digest":"AAAA"}', '{"amount":"1.999"}', '{"stored":"yesterday"}'])
    invalid(t, () => serializer.decode(Buffer.from(text)))
})

test('a timestamp with nanoseconds is a google.protobuf.Timestamp', t => {
  const serializer = compile(protobuf, Entry)
  const bytes = serializer.encode(
    make(Entry, { measured: '1970-01-01T00:00:02.000000007Z', amount: undefined as never }),
  )
  t.true(Buffer.from(bytes).toString('hex').endsWith('320408021007'))
  const early = serializer.encode(make(Entry, { measured: '1969-12-31T23:59:59.999999999Z' }))
  t.is(serializer.decode(early).measured, '1969-12-31T23:59:59.999999999Z')
})

const schema = messageSchemaOf(Entry) as MessageSchema
const written = schemaToJson(new AvroShapes().message(schema), new Set()) as {
  fields: { name: string; type: unknown }[]
}

test('Avro sees its own logical types', t => {
  const types = Object.fromEntries(written.fields.map(field => [field.name, field.type]))
  t.deepEqual(types.digest, { type: 'fixed', name: 'bank.Digest', size: 4 })
  t.deepEqual(types.day, ['null', { type: 'int', logicalType: 'date' }])
  t.deepEqual(types.opens, ['null', { type: 'long', logicalType: 'time-micros' }])
  t.deepEqual(types.closes, ['null', { type: 'int', logicalType: 'time-millis' }])
  t.deepEqual(types.measured, ['null', { type: 'long', logicalType: 'timestamp-nanos' }])
  t.deepEqual(types.departs, ['null', { type: 'long', logicalType: 'local-timestamp-millis' }])
  t.deepEqual(types.amount, { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 })
  const rate = { type: 'fixed', name: 'bank.Wide', size: 16, logicalType: 'decimal', precision: 30, scale: 10 }
  t.deepEqual(types.rate, ['null', rate])
})

function encoded(message: object, reader?: unknown): Buffer {
  const out = new AvroWriter(0)
  new AvroWrites(64).message(schema, reader === undefined ? undefined : new AvroParser().schema(reader, ''))(
    out,
    message,
    0,
  )
  return Buffer.from(out.finish())
}

function decoded(bytes: Uint8Array, writer: unknown): Entry {
  const read = new AvroReads({ depth: 64, values: 262_144 }).message(new AvroParser().schema(writer, ''), schema)
  try {
    return read(new AvroReader(bytes), 0) as Entry
  } catch (error) {
    throw asInvalidMessage(error, 'message')
  }
}

test('avsc reads the numbers that the specification has', t => {
  // avsc knows no logical type, so it shows what they count.
  const entry = make(Entry, { ...full, arrives: '1970-01-01T00:00:00.5', measured: undefined as never })
  const value = avsc.Type.forSchema(written as avsc.Schema).fromBuffer(encoded(entry)) as Record<string, unknown>
  t.deepEqual(value.digest, Buffer.from([1, 2, 3, 255]))
  t.is(value.day, 19782)
  t.is(value.opens, 30_600_000_250)
  t.is(value.stored, -1)
  t.is(value.arrives, 500_000_000)
  t.deepEqual(value.amount, Buffer.from(BigInt.asUintN(32, -1234567890n).toString(16), 'hex'))
})

test('times of a peer are read and written in its unit, and decimals in its scale', t => {
  const peer = (name: string, type: unknown) => ({ type: 'record', name: 'bank.Entry', fields: [{ name, type }] })
  const long = (value: number) => avsc.Type.forSchema('long').toBuffer(value)
  const millis = { type: 'long', logicalType: 'timestamp-millis' }
  t.is(decoded(long(1500), peer('stored', millis)).stored, '1970-01-01T00:00:01.500Z')
  const nanos = { type: 'long', logicalType: 'timestamp-nanos' }
  t.is(decoded(long(1000), peer('stored', nanos)).stored, '1970-01-01T00:00:00.000001Z')
  invalid(t, () => decoded(long(1), peer('stored', nanos)), /stored: expected a time in micros/)
  invalid(t, () => decoded(long(1), peer('stored', { type: 'long', logicalType: 'local-timestamp-micros' })))
  const bytes = avsc.Type.forSchema('bytes')
  const scale = (scale: number) => ({ type: 'bytes', logicalType: 'decimal', precision: 12, scale })
  t.is(decoded(bytes.toBuffer(Buffer.from([0xff])), peer('amount', scale(1))).amount, '-0.10')
  t.is(decoded(bytes.toBuffer(Buffer.from([0x0a])), peer('amount', scale(3))).amount, '0.01')
  invalid(t, () => decoded(bytes.toBuffer(Buffer.from([1])), peer('amount', scale(3))), /amount: expected decimal/)

  const only = written.fields.map(field => ({
    ...field,
    type: field.name === 'stored' ? ['null', millis] : field.type,
  }))
  const entry = make(Entry, { stored: '1970-01-01T00:00:01.500Z' })
  const read = avsc.Type.forSchema(written as avsc.Schema).fromBuffer(encoded(entry, { ...written, fields: only }))
  t.is((read as Record<string, unknown>).stored, 1500, 'milliseconds, as the peer takes the number')
  const fine = make(Entry, { stored: '1970-01-01T00:00:01.500001Z' })
  invalid(t, () => {
    try {
      encoded(fine, { ...written, fields: only })
    } catch (error) {
      throw asInvalidMessage(error, 'message')
    }
  })
})

test('nanoseconds that 64 bits cannot count are refused over Avro', t => {
  invalid(
    t,
    () => {
      try {
        encoded(make(Entry, { measured: '2300-01-01T00:00:00Z' }))
      } catch (error) {
        throw asInvalidMessage(error, 'message')
      }
    },
    /measured: expected timestamp, got one that 64 bits of nanos cannot hold/,
  )
})

test('every microsecond and every decimal comes back', t => {
  const first = BigInt(Date.parse('0001-01-01T00:00:00Z')) * 1000n
  const last = BigInt(Date.parse('9999-12-31T23:59:59Z')) * 1000n
  fc.assert(
    fc.property(
      fc.bigInt({ min: first, max: last }),
      fc.bigInt({ min: -(10n ** 10n) + 1n, max: 10n ** 10n - 1n }),
      (at, cents) => {
        const whole = new Date(Number((at - (((at % 1000n) + 1000n) % 1000n)) / 1000n)).toISOString().slice(0, -1)
        const micros = String(((at % 1000n) + 1000n) % 1000n).padStart(3, '0')
        const digits = String(cents < 0n ? -cents : cents).padStart(3, '0')
        const stored = `${whole}${micros}Z`
        const amount = `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
        const got = decoded(encoded(make(Entry, { stored, amount })), written)
        t.is(Date.parse(got.stored ?? ''), Date.parse(stored))
        t.is(got.stored, stored.replace('.000000Z', 'Z').replace(/(\.\d{3})000Z$/, '$1Z'))
        t.is(got.amount, amount)
      },
    ),
    { numRuns: 200 },
  )
})

test('a type that cannot be is refused where it is declared', t => {
  const refused: [() => unknown, RegExp][] = [
    [() => fixed(0), /fixed\(0\): the number of bytes must be an integer from 1/],
    [() => decimal(0), /decimal\(0, 0\): the precision must be/],
    [() => decimal(2, 3), /decimal\(2, 3\): the scale must be/],
    [() => decimal(10, 2, fixed(4)), /4 bytes cannot hold 10 digits/],
  ]
  for (const [declare, message] of refused) {
    const error = t.throws(declare, { instanceOf: RpcError, message })
    t.is(error?.reason, 'not_a_type')
  }
})

test('timestamp is a type, a thunk of itself, and makes finer ones', t => {
  t.is(timestamp.kind, 'scalar')
  t.is(timestamp.name, 'timestamp')
  t.deepEqual(typeOf(timestamp, 'here'), { kind: 'scalar', name: 'timestamp' } as never)
  t.deepEqual(typeOf(timeOfDay, 'here'), timeOfDay('micros') as never)
})
