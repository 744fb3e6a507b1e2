import { misuse } from '../../core/rpc-error.js'
import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { OneOfCase, ValueType } from '../../schema/type.js'
import { unionIn } from '../../schema/union.js'
import type { CodecOptions } from '../codec.js'
import { schemaCheck } from '../schema-check.js'
import { identityOf } from '../values/identity.js'
import { listRoom } from '../values/list-room.js'
import { ThriftList, ThriftMap, ThriftSet } from './collections.js'
import { refinedScalar, thriftEnum } from './scalars.js'
import { OneOfField, PlainField, type StructField, type ThriftCase, ThriftStruct } from './struct.js'
import type { ThriftType } from './wire.js'

/** A field id is an i16, negative ones included. */
const maxId = 32_767

/** @throws RpcError `failed_precondition` if a field has no number, or one that is too large for a field id */
export const checkStruct = /* @__PURE__ */ schemaCheck(schema => {
  for (const field of schema.fields) checkField(schema, field)
})

function checkField(schema: MessageSchema, field: FieldSchema): void {
  const where = placeOf(schema, field)
  if (unionIn(field.type) !== undefined)
    throw misuse(
      'not_in_thrift',
      `${where}: Thrift has no bare unions, and no null in a container; write oneOf({ ... })`,
    )
  if (field.type.kind !== 'oneof') idOf(field, where)
  else for (const one of field.type.cases) idOf(one, placeOfCase(where, one))
}

/** Compiles types and the structs within them; each struct once, since they may be recursive. The result serves every format. */
export class ThriftCompiler {
  private readonly structs = new Map<MessageSchema, ThriftStruct>()

  constructor(private readonly options: CodecOptions) {}

  /** @throws RpcError `failed_precondition` if a field has no number, or one that is too large for a field id */
  struct(schema: MessageSchema): ThriftStruct {
    const known = this.structs.get(schema)
    if (known !== undefined) return known
    const made = new ThriftStruct(schema, this.options)
    this.structs.set(schema, made)
    made.complete(schema.fields.map(field => this.field(schema, field)))
    return made
  }

  type(type: ValueType): ThriftType {
    switch (type.kind) {
      case 'scalar':
        return refinedScalar(type, this.options.values)
      case 'enum':
        return thriftEnum(type)
      case 'message':
        return this.struct(type.message)
      case 'list':
        return new ThriftList(this.type(type.element), listRoom(type.element), this.options.values)
      case 'set':
        return new ThriftSet(this.type(type.element), this.options.values, identityOf(type.element))
      case 'map':
        return new ThriftMap(this.type(type.key), this.type(type.value), this.options.values, identityOf(type.key))
      case 'union':
        throw new Error('Thrift has no bare unions')
      case 'oneof':
        throw new Error('a oneOf must be a field of a message')
    }
  }

  private field(schema: MessageSchema, field: FieldSchema): StructField {
    const where = placeOf(schema, field)
    if (field.type.kind !== 'oneof') return new PlainField(field, idOf(field, where), this.type(field.type))
    return new OneOfField(
      field,
      field.type.cases.map(one => this.case(one, placeOfCase(where, one))),
    )
  }

  private case(one: OneOfCase, where: string): ThriftCase {
    return { name: one.name, id: idOf(one, where), type: this.type(one.type) }
  }
}

function placeOf(schema: MessageSchema, { key }: FieldSchema): string {
  return `${schema.class?.name ?? schema.name}.${key}`
}

function placeOfCase(where: string, { name }: OneOfCase): string {
  return `${where} (case ${name})`
}

function idOf({ number }: { readonly number: number | undefined }, where: string): number {
  if (number === undefined)
    throw misuse('field_without_number', `${where}: Thrift needs field numbers; write @Field(1, ...)`)
  if (number > maxId)
    throw misuse(
      'field_number_too_large',
      `${where}: a field id in Thrift must be at most ${maxId}, got ${number}; write a smaller one`,
    )
  return number
}
