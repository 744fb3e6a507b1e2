import avsc from 'avsc'
import protobufjs from 'protobufjs'
import { avro } from '../../src/codecs/avro.js'
import { schemaToJson } from '../../src/codecs/avro-schema.js'
import { AvroShapes } from '../../src/codecs/avro-shape.js'
import type { Codec, Serializer } from '../../src/codecs/codec.js'
import { json } from '../../src/codecs/json.js'
import { protobuf } from '../../src/codecs/protobuf.js'
import { thriftBinary, thriftCompact } from '../../src/codecs/thrift.js'
import { Field, Message } from '../../src/decorators/message.js'
import { bool, double, int32, int64, listOf, string } from '../../src/schema/algebra.js'
import type { MessageSchema } from '../../src/schema/message.js'
import { messageSchemaOf } from '../../src/schema/resolve.js'

@Message('bench.Address')
class Address {
  @Field(1, string) street = ''
  @Field(2, string) city = ''
  @Field(3, string) zip = ''
}

@Message('bench.User')
class User {
  @Field(1, int64) id = 0n
  @Field(2, string) name = ''
  @Field(3, string) email = ''
  @Field(4, int32) age = 0
  @Field(5, bool) active = false
  @Field(6, double) score = 0
  @Field(7, listOf(string)) tags: string[] = []
  @Field(8, Address) address?: Address
  @Field(9, listOf(int32)) visits: number[] = []
}

const definition = `
  syntax = "proto3";
  package bench;
  message Address { string street = 1; string city = 2; string zip = 3; }
  message User {
    int64 id = 1; string name = 2; string email = 3; int32 age = 4; bool active = 5; double score = 6;
    repeated string tags = 7; Address address = 8; repeated int32 visits = 9;
  }`

/** 143 bytes in protobuf. */
const user: User = Object.assign(new User(), {
  id: 1_234_567_890_123n,
  name: 'Marie Sklodowska-Curie',
  email: 'marie.curie@example.org',
  age: 66,
  active: true,
  score: 98.6,
  tags: ['physics', 'chemistry', 'nobel'],
  address: Object.assign(new Address(), { street: '36 Quai de Bethune', city: 'Paris', zip: '75004' }),
  visits: [1, 15, 127, 300, 4096, 70_000],
})

interface Contender {
  readonly name: string
  readonly encode: () => Uint8Array
  readonly decode: () => unknown
}

function polywire(codec: Codec): Contender {
  const serializer: Serializer<User> = codec.compile(messageSchemaOf(User) as MessageSchema<User>, { depth: 64 })
  const bytes = Uint8Array.from(serializer.encode(user))
  return {
    name: `polywire ${codec.name} (${bytes.length} bytes)`,
    encode: () => serializer.encode(user),
    decode: () => serializer.decode(bytes),
  }
}

/** Its reflection classes compile to the code that its command line generates. */
function protobufJs(): Contender {
  const type = protobufjs.parse(definition).root.lookupType('bench.User')
  const message = type.create({ ...user, id: String(user.id) })
  const bytes = type.encode(message).finish()
  return {
    name: `protobufjs (${bytes.length} bytes)`,
    encode: () => type.encode(message).finish(),
    decode: () => type.decode(bytes),
  }
}

/** With the same schema and bytes. Its 64-bit integers are doubles: a custom type that holds them exactly would slow it down. */
function avscLibrary(): Contender {
  const schema = schemaToJson(new AvroShapes().message(messageSchemaOf(User) as MessageSchema), new Set())
  const type = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: false })
  const plain = { ...user, id: Number(user.id) }
  const bytes = type.toBuffer(plain)
  return {
    name: `avsc (${bytes.length} bytes)`,
    encode: () => type.toBuffer(plain),
    decode: () => type.fromBuffer(bytes),
  }
}

function plainJson(): Contender {
  const plain = { ...user, id: String(user.id) }
  const bytes = Buffer.from(JSON.stringify(plain))
  return {
    name: `JSON.stringify and JSON.parse (${bytes.length} bytes)`,
    encode: () => Buffer.from(JSON.stringify(plain)),
    decode: () => JSON.parse(bytes.toString()),
  }
}

const rounds = 9
const iterations = 50_000

/** Best microseconds a call of each, measured in turn so that all meet the same machine. */
function measure(actions: readonly (() => unknown)[]): number[] {
  const best = actions.map(() => Number.POSITIVE_INFINITY)
  for (let round = 0; round < rounds; round++) {
    actions.forEach((action, at) => {
      const start = process.hrtime.bigint()
      for (let n = 0; n < iterations; n++) action()
      const micros = Number(process.hrtime.bigint() - start) / 1000 / iterations
      best[at] = Math.min(best[at] ?? micros, micros)
    })
  }
  return best
}

/** Prints what it costs to encode and to decode one user record, and each figure as a ratio to the peer's in the same run. */
export async function run(): Promise<void> {
  for (const [ours, peer] of [
    [polywire(protobuf), protobufJs()],
    [polywire(thriftBinary), protobufJs()],
    [polywire(thriftCompact), protobufJs()],
    [polywire(avro), avscLibrary()],
    [polywire(json), plainJson()],
  ] as const) {
    const encode = measure([ours.encode, peer.encode])
    const decode = measure([ours.decode, peer.decode])
    ;[ours, peer].forEach(({ name }, at) => {
      console.log(`${name.padEnd(52)} encode ${cell(encode, at)}   decode ${cell(decode, at)}`)
    })
  }
}

function cell(times: readonly number[], at: number): string {
  const [time = Number.NaN, peer = Number.NaN] = [times[at], times[1]]
  return `${time.toFixed(2)} us (${(time / peer).toFixed(2)})`
}
