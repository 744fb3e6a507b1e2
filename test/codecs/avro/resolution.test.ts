import test from 'ava'
import avsc from 'avsc'
import fc from 'fast-check'
import { AvroParser } from '../../../src/codecs/avro/parser.js'
import { AvroReader } from '../../../src/codecs/avro/reader.js'
import { AvroReads } from '../../../src/codecs/avro/reads.js'
import { schemaToJson } from '../../../src/codecs/avro/schema.js'
import { AvroShapes } from '../../../src/codecs/avro/shape.js'
import { AvroWriter } from '../../../src/codecs/avro/writer.js'
import { AvroWrites } from '../../../src/codecs/avro/writes.js'
import { asInvalidMessage, Fault } from '../../../src/codecs/values/fault.js'
import { RpcError } from '../../../src/core/rpc-error.js'
import { Field, Message } from '../../../src/decorators/message.js'
import {
  bytes,
  double,
  enumOf,
  float,
  int8,
  int32,
  int64,
  listOf,
  mapOf,
  type OneOf,
  oneOf,
  setOf,
  string,
  timestamp,
  uint32,
  uint64,
} from '../../../src/schema/algebra.js'
import type { MessageSchema } from '../../../src/schema/message.js'
import { messageSchemaOf } from '../../../src/schema/resolve.js'
import type { Class } from '../../../src/schema/type.js'
import { arbitraryMessages } from '../arbitrary.js'
import { invalid } from '../contract.js'
import { Choice, Dog, Item, make, PersonV1, PersonV2, Scalars, Tree } from '../fixture.js'

function schemaOf(type: Class): MessageSchema {
  return messageSchemaOf(type) as MessageSchema
}

function reader<T>(writer: unknown, type: Class<T>): (bytes: Uint8Array) => T {
  const read = new AvroReads({ depth: 64, values: 262_144 }).message(
    new AvroParser().schema(writer, ''),
    schemaOf(type as Class),
  )
  return given => {
    const from = new AvroReader(given)
    try {
      const value = read(from, 0)
      from.finish()
      return value as T
    } catch (error) {
      throw asInvalidMessage(error, 'message')
    }
  }
}

function written(message: object): Buffer {
  const out = new AvroWriter()
  new AvroWrites(64).message(schemaOf(message.constructor as Class))(out, message, 0)
  return Buffer.from(out.finish())
}

/** What one class writes, read as another. */
function crossed<T>(message: object, type: Class<T>): T {
  const writer = schemaToJson(new AvroShapes().message(schemaOf(message.constructor as Class)), new Set())
  return reader(JSON.parse(JSON.stringify(writer)), type)(written(message))
}

/** A record with the one field `value`, written by avsc. */
function foreign<T extends { value?: unknown }>(type: unknown, value: unknown, as: Class<T>): unknown {
  const schema = { type: 'record', name: 'demo.Any', fields: [{ name: 'value', type }] }
  const bytes = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: false }).toBuffer({ value })
  return reader(schema, as)(bytes).value
}

test('fields that the reader does not know are passed over', t => {
  const person = make(PersonV2, {
    name: 'Ann',
    age: 7,
    email: 'a@b.c',
    tags: ['x', 'y'],
    item: make(Item, { name: 'pen' }),
    stock: new Map([['a', new Item()]]),
    weight: 1.5,
    checksum: 77,
  })
  t.deepEqual(crossed(person, PersonV1), make(PersonV1, { name: 'Ann' }))
})

test('fields that the writer does not know take their defaults', t => {
  t.deepEqual(crossed(make(PersonV1, { name: 'Ann' }), PersonV2), make(PersonV2, { name: 'Ann' }))
})

test('any message can be passed over, and read by its own schema after it went through JSON', t => {
  @Message('demo.Nothing')
  class Nothing {}
  for (const [type, messages] of arbitraryMessages) {
    fc.assert(
      fc.property(messages, message => {
        t.deepEqual(crossed(message, type), message)
        t.deepEqual(crossed(message, Nothing), new Nothing())
      }),
      { numRuns: 30 },
    )
  }
})

@Message('demo.Any')
class Doubles {
  @Field(1, double) value = 0
}
@Message('demo.Any')
class Floats {
  @Field(1, float) value = 0
}
@Message('demo.Any')
class Longs {
  @Field(1, int64) value = 0n
}
@Message('demo.Any')
class Texts {
  @Field(1, string) value = ''
}
@Message('demo.Any')
class Blobs {
  @Field(1, bytes) value = new Uint8Array(0)
}
@Message('demo.Any')
class Times {
  @Field(1, timestamp) value?: Date
}
@Message('demo.Any')
class Small {
  @Field(1, int8) value = 0
}
@Message('demo.Any')
class Unsigned {
  @Field(1, uint32) value = 0
}
@Message('demo.Any')
class BigUnsigned {
  @Field(1, uint64) value = 0n
}

test('int is promoted to long, float and double; float to double; string to bytes and back', t => {
  t.is(foreign('int', -5, Longs), -5n)
  t.is(foreign('int', -5, Doubles), -5)
  t.is(foreign('int', -5, Floats), -5)
  t.is(foreign('long', 2 ** 40, Doubles), 2 ** 40)
  t.is(foreign('float', 0.5, Doubles), 0.5)
  t.deepEqual(foreign('string', 'é', Blobs), new Uint8Array([0xc3, 0xa9]))
  t.is(foreign('bytes', Buffer.from('é'), Texts), 'é')
  t.deepEqual(foreign({ type: 'fixed', name: 'F', size: 2 }, Buffer.from([1, 2]), Blobs), new Uint8Array([1, 2]))
  t.deepEqual(foreign(['null', 'string'], 'x', Texts), 'x')
  t.is(foreign(['null', 'string'], null, Texts), '')
  t.deepEqual(foreign('long', 5, Times), new Date(5))
  t.deepEqual(foreign({ type: 'long', logicalType: 'timestamp-micros' }, 5999, Times), new Date(5))
})

test('a narrower integer takes what fits it', t => {
  t.is(foreign('long', 7, Small), 7)
  t.is(foreign('long', 2 ** 32 - 1, Unsigned), 2 ** 32 - 1)
  t.is(foreign('long', 7, BigUnsigned), 7n)
  invalid(t, () => foreign('long', 200, Small), 'value: expected int8, got number 200')
  invalid(t, () => foreign('int', -1, Unsigned), 'value: expected uint32, got number -1')
  invalid(t, () => foreign('long', -1, BigUnsigned), 'value: expected uint64, got bigint -1')
})

test('what cannot become ours is refused where it arrives, with its path', t => {
  invalid(t, () => foreign('string', 'x', Doubles), "value: expected double, but the peer's schema has string")
  invalid(t, () => foreign('double', 1, Longs), "value: expected int64, but the peer's schema has double")
  t.is(foreign(['string', 'double'], 1.5, Doubles), 1.5)
  invalid(t, () => foreign(['string', 'double'], 'x', Doubles), /^value: expected double/)
  @Message('demo.Person')
  class Strict {
    @Field(1, string) name = ''
    @Field(2, string, { required: true }) passport = ''
  }
  invalid(
    t,
    () => crossed(make(PersonV1, { name: 'A' }), Strict),
    'passport: it is required, but the peer has no such field',
  )
})

@Message('demo.Person')
class Renamed {
  @Field(1, string, { aliases: ['name', 'title'] }) fullName = ''
}

test('a renamed field is found by its alias, and its present name comes first', t => {
  t.is(crossed(make(PersonV1, { name: 'Ann' }), Renamed).fullName, 'Ann')
  const both = {
    type: 'record',
    name: 'R',
    fields: [
      { name: 'name', type: 'string' },
      { name: 'fullName', type: 'string' },
    ],
  }
  const bytes = avsc.Type.forSchema(both as avsc.Schema).toBuffer({ name: 'old', fullName: 'new' })
  t.is(reader(both, Renamed)(bytes).fullName, 'new')
})

enum Wide {
  none = 0,
  low = 1,
  extreme = 9,
}
enum Narrow {
  none = 0,
  low = 1,
}
enum Words {
  calm = 'CALM',
}
@Message('demo.Any')
class Wides {
  @Field(1, enumOf(Wide, 'demo.E')) value = Wide.none
}
@Message('demo.Any')
class Narrows {
  @Field(1, enumOf(Narrow, 'demo.E')) value = Narrow.low
}
@Message('demo.Any')
class Worded {
  @Field(1, enumOf(Words)) value = Words.calm
}

test('enums go by symbol; one that is not known is the default of the enum, the member numbered 0', t => {
  t.is(crossed(make(Wides, { value: Wide.low }), Narrows).value, Narrow.low)
  t.is(crossed(make(Wides, { value: Wide.extreme }), Narrows).value, Narrow.none)
  t.is(crossed(make(Wides, { value: Wide.low }), Worded).value, Words.calm)
})

const few = { email: string } as const
@Message('demo.Choice')
class FewerCases {
  @Field(oneOf(few)) contact?: OneOf<typeof few>
  @Field(4, string) note = ''
}

test('a case that is not known reads as none', t => {
  t.deepEqual(
    crossed(make(Choice, { contact: { case: 'email', value: 'x' }, note: 'n' }), FewerCases),
    make(FewerCases, { contact: { case: 'email', value: 'x' }, note: 'n' }),
  )
  t.deepEqual(
    crossed(make(Choice, { contact: { case: 'phone', value: 7n }, note: 'n' }), FewerCases),
    make(FewerCases, { note: 'n' }),
  )
})

test('both forms of a map are read, and a list as a set', t => {
  @Message('demo.Any')
  class Numbered {
    @Field(1, mapOf(int32, string)) value: Map<number, string> = new Map()
  }
  @Message('demo.Any')
  class Texted {
    @Field(1, mapOf(string, string)) value: Map<string, string> = new Map()
  }
  @Message('demo.Any')
  class Bag {
    @Field(1, setOf(string)) value: Set<string> = new Set()
  }
  @Message('demo.Any')
  class Row {
    @Field(1, listOf(string)) value: string[] = []
  }
  const entry = {
    type: 'record',
    name: 'E',
    fields: [
      { name: 'key', type: 'string' },
      { name: 'value', type: 'string' },
    ],
  }
  t.deepEqual(foreign({ type: 'array', items: entry }, [{ key: 'a', value: 'b' }], Texted), new Map([['a', 'b']]))
  t.deepEqual(foreign({ type: 'map', values: 'string' }, { a: 'b' }, Texted), new Map([['a', 'b']]))
  invalid(t, () => foreign({ type: 'map', values: 'string' }, { a: 'b' }, Numbered), /expected int32/)
  t.deepEqual(crossed(make(Row, { value: ['a', 'a'] }), Bag).value, new Set(['a']))
})

function problemOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof Fault) return error.problem
    throw error
  }
  return 'none'
}

test('a hostile schema costs no more than its bytes', t => {
  const doubling: Record<string, unknown>[] = [{ type: 'record', name: 'R0', fields: [] }]
  for (let n = 1; n < 60; n++) {
    const type = `R${n - 1}`
    doubling.push({
      type: 'record',
      name: `R${n}`,
      fields: [
        { name: 'a', type },
        { name: 'b', type },
      ],
    })
  }
  const parser = new AvroParser()
  for (const one of doubling) parser.schema(one, '')
  const skip = new AvroReads({ depth: 64, values: 262_144 }).skip(parser.schema('R59', ''))
  t.regex(
    problemOf(() => skip(new AvroReader(new Uint8Array(0)), 0)),
    /values without bytes/,
  )
  const endless = { type: 'record', name: 'demo.Tree', fields: [{ name: 'other', type: 'demo.Tree' }] }
  invalid(t, () => reader(endless, Tree)(new Uint8Array(0)), /nested deeper than 64/)
  const deep = new AvroParser()
  deep.schema({ type: 'record', name: 'D0', fields: [] }, '')
  for (let n = 1; n < 20_000; n++)
    deep.schema({ type: 'record', name: `D${n}`, fields: [{ name: 'left', type: `D${n - 1}` }] }, '')
  const read = new AvroReads({ depth: 64, values: 262_144 }).message(deep.schema('D19999', ''), schemaOf(Tree))
  t.regex(
    problemOf(() => read(new AvroReader(new Uint8Array(0)), 0)),
    /nested deeper than 64/,
  )
})

test('what is no schema is refused', t => {
  const nested = (levels: number): unknown => (levels === 0 ? 'int' : { type: 'array', items: nested(levels - 1) })
  for (const wrong of [
    5,
    null,
    {},
    'unknown.Type',
    { type: 'record', name: 'R' },
    { type: 'record', fields: [] },
    { type: 'record', name: 'R', fields: [{ name: 1, type: 'int' }] },
    { type: 'enum', name: 'E', symbols: [1] },
    { type: 'fixed', name: 'F', size: -1 },
    { type: 'fixed', name: 'F', size: 2 ** 40 },
    { type: 'array' },
    nested(100),
  ]) {
    try {
      new AvroParser().schema(wrong, '')
      t.fail(JSON.stringify(wrong))
    } catch (error) {
      t.true(error instanceof Fault)
    }
  }
})

test('random bytes read by another schema are a message or invalid_argument', t => {
  const writers = [Scalars, Choice, Dog, Tree].map(type =>
    schemaToJson(new AvroShapes().message(schemaOf(type)), new Set()),
  )
  const readers = writers.flatMap(writer =>
    [PersonV2, Scalars, Tree, Choice].map(type => reader<unknown>(writer, type)),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), given => {
      for (const read of readers) {
        try {
          read(given)
        } catch (error) {
          if (!(error instanceof RpcError)) throw error
        }
      }
      t.pass()
    }),
    { numRuns: 300 },
  )
})
