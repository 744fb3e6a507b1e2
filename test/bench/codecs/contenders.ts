import { create, type DescMessage, fromBinary, toBinary } from '@bufbuild/protobuf'
import avsc from 'avsc'
import { instanceToPlain, plainToInstance } from 'class-transformer'
import { XMLBuilder, XMLParser } from 'fast-xml-parser'
import { Packr } from 'msgpackr'
import protobufjs from 'protobufjs'
import { avro } from '../../../src/codecs/avro/codec.js'
import { schemaToJson } from '../../../src/codecs/avro/schema.js'
import { AvroShapes } from '../../../src/codecs/avro/shape.js'
import { encodeOwn, releaseOf } from '../../../src/codecs/bytes/owned.js'
import type { Codec } from '../../../src/codecs/codec.js'
import { json } from '../../../src/codecs/json/codec.js'
import { msgpack, msgpackCompact } from '../../../src/codecs/msgpack/codec.js'
import { protobuf } from '../../../src/codecs/protobuf/codec.js'
import { thriftBinary, thriftCompact } from '../../../src/codecs/thrift/codec.js'
import { xml } from '../../../src/codecs/xml/codec.js'
import { Method, Service, unimplemented } from '../../../src/index.js'
import type { MessageSchema } from '../../../src/schema/message.js'
import { messageSchemaOf } from '../../../src/schema/resolve.js'
import type { Class } from '../../../src/schema/type.js'
import { connectDescriptor } from '../../protocols/grpc/peers.js'
import { DecoratedUser, decoratedUser, definition, plainUser, plainUsers, User, Users, user, users } from './records.js'

export interface Contender {
  /** Makes the message and encodes it. @returns what encodes that message again */
  readonly encoder: () => () => Uint8Array
  readonly decode: (bytes: Buffer) => unknown
}

/** `one`: the user record; `many`: the list. */
export type Payload = 'one' | 'many'
type ContenderMaker = (payload: Payload) => Contender

function contender<T>({ make, write, read }: Making<T>): Contender {
  const encoder = () => {
    const message = make()
    return () => write(message)
  }
  return { encoder, decode: read }
}

interface Making<T> {
  readonly make: () => T
  readonly write: (message: T) => Uint8Array
  readonly read: (bytes: Buffer) => unknown
}

/** It gives the memory of its bytes back, as the wires do once the socket has them; whoever calls `write` reads them at once. */
function compiled<T extends object>(codec: Codec, type: Class<T>, make: () => T): Contender {
  const schema = messageSchemaOf(type) as MessageSchema<T>
  const serializer = codec.compile(schema, { depth: 64, values: 262_144 })
  const release = releaseOf(serializer)
  const write = (one: T) => {
    const bytes = encodeOwn(serializer, one)
    release?.(bytes)
    return bytes
  }
  return contender({ make, write, read: bytes => serializer.decode(bytes) })
}

function polywire(codec: Codec): ContenderMaker {
  return payload => (payload === 'one' ? compiled(codec, User, user) : compiled(codec, Users, users))
}

/** Its reflection classes compile to the code that its command line generates. */
const protobufJs: ContenderMaker = payload => {
  const { root } = protobufjs.parse(definition)
  const type = root.lookupType(payload === 'one' ? 'bench.User' : 'bench.Users')
  return contender({
    make: () => type.fromObject(payload === 'one' ? plainUser(String) : plainUsers(String)),
    write: message => type.encode(message).finish(),
    read: bytes => type.decode(bytes),
  })
}

@Service('bench.Directory')
class UserService {
  @Method({ accepts: User, returns: Users }) async list(_user: User): Promise<Users> {
    return unimplemented()
  }
}

const protobufEs: ContenderMaker = payload => {
  const { input, output } = connectDescriptor(UserService).method.list as never as Record<
    'input' | 'output',
    DescMessage
  >
  const schema = payload === 'one' ? input : output
  return contender({
    make: () => create(schema, payload === 'one' ? plainUser(id => id) : plainUsers(id => id)),
    write: message => toBinary(schema, message),
    read: bytes => fromBinary(schema, bytes),
  })
}

const plainJson: ContenderMaker = payload =>
  contender({
    make: () => (payload === 'one' ? plainUser(String) : plainUsers(String)),
    write: message => Buffer.from(JSON.stringify(message)),
    read: bytes => JSON.parse(bytes.toString()) as unknown,
  })

const msgpackR: ContenderMaker = payload => {
  const packr = new Packr({ useRecords: false, int64AsType: 'bigint' })
  return contender({
    make: () => (payload === 'one' ? plainUser(id => id) : plainUsers(id => id)),
    write: message => packr.pack(message),
    read: bytes => packr.unpack(bytes) as unknown,
  })
}

const fastXmlParser: ContenderMaker = payload => {
  const builder = new XMLBuilder({})
  const parser = new XMLParser({ parseTagValue: false, processEntities: true })
  return contender({
    make: () => (payload === 'one' ? { User: plainUser(String) } : { Users: plainUsers(String) }),
    write: plain => Buffer.from(builder.build(plain)),
    read: bytes => parser.parse(bytes) as unknown,
  })
}

/** With the same schema and bytes. Its 64-bit integers are doubles: a custom type that holds them exactly would slow it down. */
const avscLibrary: ContenderMaker = payload => {
  const schema = messageSchemaOf((payload === 'one' ? User : Users) as Class) as MessageSchema
  const json = schemaToJson(new AvroShapes().message(schema), new Set())
  const type = avsc.Type.forSchema(json as avsc.Schema, { wrapUnions: false })
  return contender({
    make: () => (payload === 'one' ? plainUser(Number) : plainUsers(Number)),
    write: message => type.toBuffer(message),
    read: bytes => type.fromBuffer(bytes) as unknown,
  })
}

/** The record of a class with class-transformer's decorators. */
function decorated(codec: Codec): ContenderMaker {
  return () => compiled(codec, DecoratedUser, decoratedUser)
}

/** What one would write without polywire. */
const classTransformer: ContenderMaker = () =>
  contender({
    make: () => Object.assign(new DecoratedUser(), plainUser(String)),
    write: one => Buffer.from(JSON.stringify(instanceToPlain(one))),
    read: bytes => plainToInstance(DecoratedUser, JSON.parse(bytes.toString())),
  })

/** All, by the names in the tables. */
export const codecContenders: ReadonlyMap<string, ContenderMaker> = new Map([
  ['protobufjs', protobufJs],
  ['protobuf-es', protobufEs],
  ['JSON.stringify and JSON.parse', plainJson],
  ['msgpackr', msgpackR],
  ['fast-xml-parser', fastXmlParser],
  ['avsc', avscLibrary],
  ['class-transformer and JSON', classTransformer],
  ...[protobuf, thriftBinary, thriftCompact, json, msgpack, msgpackCompact, xml, avro].map(
    codec => [`polywire ${codec.name}`, polywire(codec)] as const,
  ),
  ...[json, msgpack, xml].map(codec => [`polywire ${codec.name}, decorated`, decorated(codec)] as const),
])
