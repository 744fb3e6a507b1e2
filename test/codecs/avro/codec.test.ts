import test from 'ava'
import avsc from 'avsc'
import fc from 'fast-check'
import { avro } from '../../../src/codecs/avro/codec.js'
import { schemaToJson } from '../../../src/codecs/avro/schema.js'
import { AvroShapes } from '../../../src/codecs/avro/shape.js'
import { RpcError } from '../../../src/core/rpc-error.js'
import { Field, Message } from '../../../src/decorators/message.js'
import { enumOf, int32, listOf, optional, string, uuid } from '../../../src/schema/algebra.js'
import type { MessageSchema } from '../../../src/schema/message.js'
import { messageSchemaOf } from '../../../src/schema/resolve.js'
import type { Class } from '../../../src/schema/type.js'
import { arbitraryMessages } from '../arbitrary.js'
import { codecContract, compile, invalid } from '../contract.js'
import { Choice, Empty, Level, Lists, Maps, make, Scalars } from '../fixture.js'

const needsWritersSchema = 'Avro needs the schema of the writer, which only the protocol tells'

codecContract(avro, {
  newMembers: 'enum default',
  skips: {
    'fields that the reader does not know are skipped': needsWritersSchema,
    'fields that the writer does not know take their defaults': needsWritersSchema,
  },
})

function jsonOf(type: Class): unknown {
  return schemaToJson(new AvroShapes().message(messageSchemaOf(type) as MessageSchema), new Set())
}

/** avsc rounds 64-bit integers unless it is told how to hold them. */
const long = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (one: bigint, other: bigint) => (one === other ? 0 : one < other ? -1 : 1),
})

test('avsc takes our schemas, and reads and writes the same bytes', t => {
  for (const [type, messages] of arbitraryMessages) {
    const schema = jsonOf(type) as avsc.Schema
    const theirs = avsc.Type.forSchema(schema, { registry: { long }, wrapUnions: true } as never)
    const ours = compile<unknown>(avro, type)
    fc.assert(
      fc.property(messages, message => {
        const bytes = Buffer.from(ours.encode(message))
        // avsc reads maps into plain objects, which cannot hold this key.
        fc.pre(!bytes.includes('__proto__'))
        t.deepEqual(theirs.toBuffer(theirs.fromBuffer(bytes)), bytes)
      }),
      { numRuns: 40 },
    )
  }
})

test('a schema is named after its messages, and what has no name after its place', t => {
  t.deepEqual(jsonOf(Choice), {
    type: 'record',
    name: 'demo.Choice',
    fields: [
      {
        name: 'contact',
        type: [
          'null',
          { type: 'record', name: 'demo.Choice_contact_email', fields: [{ name: 'email', type: 'string' }] },
          { type: 'record', name: 'demo.Choice_contact_phone', fields: [{ name: 'phone', type: 'long' }] },
          {
            type: 'record',
            name: 'demo.Choice_contact_item',
            fields: [
              {
                name: 'item',
                type: {
                  type: 'record',
                  name: 'demo.Item',
                  fields: [
                    { name: 'name', type: 'string', default: '' },
                    { name: 'price', type: 'double', default: 0 },
                  ],
                },
              },
            ],
          },
          {
            type: 'record',
            name: 'demo.Choice_contact_mood',
            fields: [
              { name: 'mood', type: { type: 'enum', name: 'demo.Mood', symbols: ['calm', 'wild'], default: 'calm' } },
            ],
          },
          {
            type: 'record',
            name: 'demo.Choice_contact_at',
            fields: [{ name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } }],
          },
        ],
        default: null,
      },
      { name: 'note', type: 'string', default: '' },
    ],
  })
  const maps = JSON.stringify(jsonOf(Maps))
  t.true(maps.includes('{"type":"map","values":"long"}'))
  t.true(maps.includes('"name":"demo.Maps_names_entry","fields":[{"name":"key","type":"int"},'))
})

@Message('demo.Presence')
class Presence {
  @Field(1, int32) implicit = 0
  @Field(2, int32) initialised = 3
  @Field(3, optional(int32)) optional?: number
  @Field(4, int32, { required: true }) required = 0
  @Field(5, uuid) id = ''
  @Field(6, enumOf(Level, 'demo.Level'), { aliases: ['grade'] }) level = Level.low
}

test('presence makes defaults, and unions with null', t => {
  t.deepEqual(jsonOf(Presence), {
    type: 'record',
    name: 'demo.Presence',
    fields: [
      { name: 'implicit', type: 'int', default: 0 },
      { name: 'initialised', type: 'int', default: 3 },
      { name: 'optional', type: ['null', 'int'], default: null },
      { name: 'required', type: 'int' },
      { name: 'id', type: ['null', { type: 'string', logicalType: 'uuid' }], default: null },
      {
        name: 'level',
        type: { type: 'enum', name: 'demo.Level', symbols: ['none', 'low', 'high'], default: 'none' },
        default: 'low',
        aliases: ['grade'],
      },
    ],
  })
  const serializer = compile(avro, Presence)
  t.deepEqual(serializer.decode(serializer.encode({ required: 5 } as Presence)), make(Presence, { required: 5 }))
  invalid(t, () => serializer.encode({} as Presence), 'required: it is required, but absent')
})

test('a number that an enum does not know has no symbol', t => {
  const serializer = compile(avro, Scalars)
  invalid(t, () => serializer.encode(make(Scalars, { level: 77 as Level })), /^level: expected demo\.Level/)
})

test('what arrives must be whole, and nothing may stand behind it', t => {
  const serializer = compile(avro, Lists)
  const bytes = serializer.encode(make(Lists, { strings: ['abc'] }))
  for (let length = 0; length < bytes.length; length++) invalid(t, () => serializer.decode(bytes.subarray(0, length)))
  invalid(t, () => serializer.decode(Buffer.concat([bytes, Buffer.alloc(1)])), /1 bytes are left behind its end/)
})

test('strings that are no UTF-8 are refused, U+FFFD is not', t => {
  @Message('demo.Text')
  class Text {
    @Field(1, string) text = ''
  }
  const serializer = compile(avro, Text)
  invalid(t, () => serializer.decode(Uint8Array.from([4, 0xc3, 0x28])), /no UTF-8/)
  t.is(serializer.decode(serializer.encode(make(Text, { text: 'a\ufffdb' }))).text, 'a\ufffdb')
})

test('counts and lengths are only believed as far as bytes follow', t => {
  const longest = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]
  const lists = compile(avro, Lists)
  invalid(t, () => lists.decode(Uint8Array.from(longest)))
  @Message('demo.Empties')
  class Empties {
    @Field(1, listOf(Empty)) empties: Empty[] = []
  }
  const empties = compile(avro, Empties)
  t.is(empties.decode(empties.encode(make(Empties, { empties: [new Empty(), new Empty()] }))).empties.length, 2)
  invalid(t, () => empties.decode(Uint8Array.from([0xfe, 0xff, 0xff, 0xff, 0x0f, 0])), /without bytes/)
  @Message('demo.Only')
  class Only {
    @Field(1, string) text = ''
  }
  invalid(t, () => compile(avro, Only).decode(Uint8Array.from([...longest, 65])), /bytes follow|below 2\^53|but only/)
})

test('what Avro cannot name is refused at start-up', t => {
  @Message('demo.Bad')
  class Bad {
    @Field(1, string, { name: 'a-b' }) text = ''
  }
  const error = t.throws(() => compile(avro, Bad), { instanceOf: RpcError })
  t.is(error?.reason, 'invalid_avro_name')
  t.regex(error?.message ?? '', /demo\.Bad\.text: "a-b" is no Avro name/)
  @Message('demo.Same')
  class One {
    @Field(1, string) text = ''
  }
  @Message('demo.Same')
  class Other {
    @Field(1, One) one?: One
  }
  t.is(t.throws(() => compile(avro, Other), { instanceOf: RpcError })?.reason, 'duplicate_avro_name')
})
