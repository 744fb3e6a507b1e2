import { misuse } from '../../core/rpc-error.js'
import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { OneOfCase, ValueType } from '../../schema/type.js'
import { unionIn } from '../../schema/union.js'
import { schemaCheck } from '../schema-check.js'

/** @throws RpcError `failed_precondition` (`field_without_number`, `not_in_protobuf`) for a message that protobuf cannot carry */
export const checkSchema = /* @__PURE__ */ schemaCheck(schema => {
  for (const field of schema.fields) checkField(schema, field)
})

function checkField(schema: MessageSchema, field: FieldSchema): void {
  const where = placeOf(schema, field)
  const { type } = field
  if (unionIn(type) !== undefined)
    throw misuse(
      'not_in_protobuf',
      `${where}: protobuf has no bare unions, and no null in a list or a map; write oneOf({ ... })`,
    )
  if (type.kind === 'oneof') {
    for (const one of type.cases) {
      numberOfCase(one, where)
      if (one.type.kind === 'list' || one.type.kind === 'set' || one.type.kind === 'map')
        throw misuse(
          'not_in_protobuf',
          `${where} (case ${one.name}): protobuf has no ${one.type.kind} as a case of a oneof; put it into a @Message`,
        )
    }
    return
  }
  const isCollection = type.kind === 'list' || type.kind === 'set' || type.kind === 'map'
  if (isCollection && field.presence === 'explicit') {
    throw misuse(
      'not_in_protobuf',
      `${where}: protobuf cannot tell an empty ${type.kind} from an absent one; leave out optional(...) and the initial elements, ` +
        `or put the ${type.kind} into a @Message of its own`,
    )
  }
  numberOf(schema, field)
  if (type.kind === 'map') {
    checkKey(type.key, where)
    checkSingle(type.value, where)
  } else checkSingle(isCollection ? type.element : type, where)
}

function checkKey(type: ValueType, where: string): void {
  if (type.kind === 'enum' || (type.kind === 'scalar' && !notKeys.has(type.name))) return
  const name = type.kind === 'scalar' ? type.name : `type ${type.kind}`
  throw misuse('not_in_protobuf', `${where}: protobuf has no maps with keys of ${name}; write mapOf(string, ...)`)
}

/** Protobuf's language guide, "Maps". */
const notKeys: ReadonlySet<string> = new Set(['double', 'float', 'bytes', 'timestamp', 'duration'])

function checkSingle({ kind }: ValueType, where: string): void {
  if (kind === 'scalar' || kind === 'enum' || kind === 'message') return
  throw misuse(
    'not_in_protobuf',
    `${where}: protobuf has no ${kind} directly within another; put it into a field of a @Message`,
  )
}

/** @throws RpcError `failed_precondition` (`field_without_number`, `invalid_field_number`, `reserved_field_number`) */
export function numberOf(schema: MessageSchema, field: FieldSchema): number {
  if (field.number !== undefined) return protobufNumber(field.number, placeOf(schema, field))
  throw misuse(
    'field_without_number',
    `${placeOf(schema, field)}: protobuf needs field numbers; write @Field(${freeNumber(schema)}, ...)`,
  )
}

/** @throws RpcError `failed_precondition` (`field_without_number`, `invalid_field_number`, `reserved_field_number`) */
export function numberOfCase({ name, number }: OneOfCase, where: string): number {
  if (number !== undefined) return protobufNumber(number, `${where} (case ${name})`)
  throw misuse(
    'field_without_number',
    `${where}: protobuf needs a number for each case; write oneOf({ ${name}: [1, ...] })`,
  )
}

/** Thrift also has the other numbers. Source: protobuf language guide, "Assigning Field Numbers". */
function protobufNumber(number: number, where: string): number {
  if (number < 1)
    throw misuse(
      'invalid_field_number',
      `${where}: protobuf has no field numbers below 1, got ${number}; write another`,
    )
  if (number >= 19_000 && number <= 19_999)
    throw misuse(
      'reserved_field_number',
      `${where}: protobuf reserves the field numbers 19000 to 19999, got ${number}; write one below 19000`,
    )
  return number
}

export function numbersOf({ type, number }: FieldSchema): number[] {
  const numbers = type.kind === 'oneof' ? type.cases.map(one => one.number) : [number]
  return numbers.filter(one => one !== undefined)
}

/** The property, as it stands in errors. */
export function placeOf(schema: MessageSchema, field: FieldSchema): string {
  return `${schema.class?.name ?? schema.name}.${field.key}`
}

function freeNumber(schema: MessageSchema): number {
  return Math.max(0, ...schema.fields.flatMap(numbersOf)) + 1
}
