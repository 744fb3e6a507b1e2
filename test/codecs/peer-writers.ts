import { create, type DescMessage, toBinary } from '@bufbuild/protobuf'
import avsc from 'avsc'
import protobufjs from 'protobufjs'
import thrift from 'thrift'
import { schemaToJson } from '../../src/codecs/avro/schema.js'
import { AvroShapes } from '../../src/codecs/avro/shape.js'
import { Field, Message } from '../../src/decorators/message.js'
import { Method, Service, unimplemented } from '../../src/index.js'
import { bool, bytes, double, int32, int64, listOf, optional, string } from '../../src/schema/algebra.js'
import type { MessageSchema } from '../../src/schema/message.js'
import { messageSchemaOf } from '../../src/schema/resolve.js'
import type { Class } from '../../src/schema/type.js'
import { connectDescriptor } from '../protocols/grpc/peers.js'

@Message('ends.Leaf')
export class Leaf {
  @Field(1, string) text = ''
  @Field(2, bytes) blob = new Uint8Array()
}

/** A message with every kind of write: fixed and variable sizes, text, bytes, lists, parts behind their length. */
@Message('ends.Branch')
export class Branch {
  @Field(1, string) text = ''
  @Field(2, int64) id = 0n
  @Field(3, double) real = 0
  @Field(4, bool) flag = false
  @Field(5, int32) count = 0
  @Field(6, bytes) blob = new Uint8Array()
  @Field(7, listOf(string)) words: string[] = []
  @Field(8, listOf(int32)) numbers: number[] = []
  @Field(9, listOf(Leaf)) leaves: Leaf[] = []
  @Field(10, optional(Leaf)) leaf?: Leaf
}

const { root } = protobufjs.parse(`
  syntax = "proto3";
  package ends;
  message Leaf { string text = 1; bytes blob = 2; }
  message Branch {
    string text = 1; int64 id = 2; double real = 3; bool flag = 4; int32 count = 5; bytes blob = 6;
    repeated string words = 7; repeated int32 numbers = 8; repeated Leaf leaves = 9; optional Leaf leaf = 10;
  }`)
const jsType = root.lookupType('ends.Branch')

/** protobufjs writes the zeros that an object has. */
function withoutZeros(fields: object): Record<string, unknown> {
  const isZero = (value: unknown) => value === 0 || value === false || (value as ArrayLike<unknown>)?.length === 0
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isZero(value)))
}

export function byProtobufJs(branch: Branch): Uint8Array {
  const { id, leaf, leaves, ...rest } = branch
  const plain = withoutZeros({ ...rest, leaves: leaves.map(withoutZeros) })
  if (id !== 0n) plain.id = String(id)
  if (leaf !== undefined) plain.leaf = withoutZeros(leaf)
  return jsType.encode(jsType.fromObject(plain)).finish()
}

@Service('ends.Branches')
class Branches {
  @Method({ accepts: Branch, returns: Branch }) async echo(_branch: Branch): Promise<Branch> {
    return unimplemented()
  }
}

let esType: DescMessage | undefined

export function byProtobufEs(branch: Branch): Uint8Array {
  esType ??= connectDescriptor(Branches).method.echo?.input as DescMessage
  return toBinary(esType, create(esType, { ...branch }))
}

/** avsc's own longs are doubles. */
const long = avsc.types.LongType.__with({
  fromBuffer: (read: Buffer) => read.readBigInt64LE(),
  toBuffer(value: bigint) {
    const written = Buffer.alloc(8)
    written.writeBigInt64LE(value)
    return written
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (one: bigint, other: bigint) => (one < other ? -1 : one > other ? 1 : 0),
})

const branchSchema = messageSchemaOf(Branch as Class) as MessageSchema
const avroType = avsc.Type.forSchema(schemaToJson(new AvroShapes().message(branchSchema), new Set()) as avsc.Schema, {
  wrapUnions: false,
  registry: { long },
})

export function byAvsc(branch: Branch): Uint8Array {
  const leafOf = ({ text, blob }: Leaf) => ({ text, blob: Buffer.from(blob) })
  const { leaf, leaves, blob, ...rest } = branch
  return avroType.toBuffer({
    ...rest,
    blob: Buffer.from(blob),
    leaves: leaves.map(leafOf),
    leaf: leaf === undefined ? null : leafOf(leaf),
  })
}

type ThriftProtocol = typeof thrift.TBinaryProtocol | typeof thrift.TCompactProtocol

export function byThrift(Protocol: ThriftProtocol): (branch: Branch) => Uint8Array {
  return branch => {
    let written: Buffer = Buffer.alloc(0)
    const transport = new thrift.TBufferedTransport(undefined, message => {
      written = message ?? written
    })
    const to = new Protocol(transport)
    writeBranch(to, branch)
    to.flush()
    return written
  }
}

function writeBranch(to: thrift.TProtocol, branch: Branch): void {
  const { Type } = thrift.Thrift
  const field = (name: string, type: number, id: number, write: () => void) => {
    to.writeFieldBegin(name, type, id)
    write()
    to.writeFieldEnd()
  }
  const list = <T>(type: number, values: readonly T[], write: (value: T) => void) => {
    to.writeListBegin(type, values.length)
    for (const value of values) write(value)
    to.writeListEnd()
  }
  const leaf = ({ text, blob }: Leaf) => {
    to.writeStructBegin('Leaf')
    field('text', Type.STRING, 1, () => to.writeString(text))
    field('blob', Type.STRING, 2, () => to.writeBinary(Buffer.from(blob)))
    to.writeFieldStop()
    to.writeStructEnd()
  }
  const id = Buffer.alloc(8)
  id.writeBigInt64BE(branch.id)
  to.writeStructBegin('Branch')
  field('text', Type.STRING, 1, () => to.writeString(branch.text))
  field('id', Type.I64, 2, () => to.writeI64(new thrift.Int64(id)))
  field('real', Type.DOUBLE, 3, () => to.writeDouble(branch.real))
  field('flag', Type.BOOL, 4, () => to.writeBool(branch.flag))
  field('count', Type.I32, 5, () => to.writeI32(branch.count))
  field('blob', Type.STRING, 6, () => to.writeBinary(Buffer.from(branch.blob)))
  field('words', Type.LIST, 7, () => list(Type.STRING, branch.words, word => to.writeString(word)))
  field('numbers', Type.LIST, 8, () => list(Type.I32, branch.numbers, number => to.writeI32(number)))
  field('leaves', Type.LIST, 9, () => list(Type.STRUCT, branch.leaves, leaf))
  const { leaf: last } = branch
  if (last !== undefined) field('leaf', Type.STRUCT, 10, () => leaf(last))
  to.writeFieldStop()
  to.writeStructEnd()
}
