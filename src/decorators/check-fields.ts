import { misuse, type RpcError } from '../core/rpc-error.js'
import type { FieldSchema, MessageSchema } from '../schema/message.js'
import { isReserved, maxFieldNumber, minFieldNumber, type Reserved } from '../schema/reserved.js'

/** Properties of RpcError. `message` can be a field only by an option of `@Message`. */
const errorProperties = new Set(['stack', 'cause', 'code', 'details', 'headers', 'delivery', 'reason'])

interface Numbered {
  readonly name: string
  readonly jsonName: string
  readonly number: number | undefined
}

/**
 * Start-up checks of one message: numbers in range and not used twice; names not used twice; no clash with RpcError. What a single wire
 * demands of numbers, its codec checks.
 */
export function checkFields(
  className: string,
  fields: readonly FieldSchema[],
  { isError, reserved: entries = [] }: Pick<MessageSchema, 'isError' | 'reserved'> = { isError: false },
): void {
  const numbers = new Map<number, string>()
  const names = new Map<string, string>()
  for (const field of fields) {
    const where = `${className}.${field.key}`
    if (isError && errorProperties.has(field.key)) throw reserved(where, field)
    for (const one of membersOf(field)) {
      checkNumber(one, where, numbers)
      for (const name of new Set([one.name, one.jsonName])) checkName(name, where, names)
    }
    if (field.type.kind === 'oneof') checkName(field.name, where, names)
  }
  checkReserved(className, fields, entries)
}

/** @throws RpcError `failed_precondition` (`reserved_field_number`) for a field that takes what a removed field had */
function checkReserved(className: string, fields: readonly FieldSchema[], entries: Reserved): void {
  for (const field of fields)
    for (const one of membersOf(field))
      if (isReserved(entries, one))
        throw misuse(
          'reserved_field_number',
          `${className}.${field.key}: number ${one.number ?? 'none'} or name ${one.name} is in { reserved } of the class, ` +
            'because a removed field had it; write others',
        )
}

function reserved(where: string, { key, number, type }: FieldSchema): RpcError {
  const parts = [
    ...(number === undefined ? [] : [number]),
    type.kind === 'scalar' ? type.name : 'type',
    `{ name: '${key}' }`,
  ]
  const property = `error${key.charAt(0).toUpperCase()}${key.slice(1)}`
  return misuse(
    'reserved_property',
    `${where}: RpcError itself has a property ${key}; write @Field(${parts.join(', ')}) ${property}`,
  )
}

function membersOf(field: FieldSchema): readonly Numbered[] {
  return field.type.kind === 'oneof' ? field.type.cases : [field]
}

function checkNumber({ number, name }: Numbered, where: string, seen: Map<number, string>): void {
  if (number === undefined) return
  if (!Number.isInteger(number) || number < minFieldNumber || number > maxFieldNumber) {
    throw misuse(
      'invalid_field_number',
      `${where}: the field number must be an integer from ${minFieldNumber} to ${maxFieldNumber}, got ${number}`,
    )
  }
  const other = seen.get(number)
  if (other !== undefined) {
    throw misuse(
      'duplicate_field_number',
      `${where}: field number ${number} (${name}) is already used by ${other}; write another`,
    )
  }
  seen.set(number, where)
}

function checkName(name: string, where: string, seen: Map<string, string>): void {
  if (name === '__proto__') {
    throw misuse(
      'reserved_property',
      `${where}: ${name} cannot be a field; write @Field(..., { name: 'something else' })`,
    )
  }
  const other = seen.get(name)
  if (other !== undefined) {
    throw misuse(
      'duplicate_field_name',
      `${where}: the name ${name} is already used by ${other}; give one of them another { name: ... }`,
    )
  }
  seen.set(name, where)
}
