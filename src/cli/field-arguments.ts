import { readFile } from 'node:fs/promises'
import type { FieldSchema, MessageSchema } from '../schema/message.js'
import type { OneOfCase, ValueType } from '../schema/type.js'
import { CliError } from './cli-error.js'
import { nearest } from './nearest.js'
import { systemFault } from './system-fault.js'

type Json = Record<string, unknown>

/**
 * Adds a field that was typed, `name=World`, `tags=a`, `parent.name=X` or `totals.EUR=1250`, to a request's JSON. Its type in the contract
 * says how its text is read.
 * @throws CliError for a field that the message does not have, or text that is none
 */
export async function assign(json: Json, argument: string, schema: MessageSchema): Promise<void> {
  const at = argument.indexOf('=')
  if (at < 1) throw new CliError(`${JSON.stringify(argument)} is neither a field, such as name=World, nor JSON`)
  const path = argument.slice(0, at).split('.')
  try {
    await assignPath(json, path, argument.slice(at + 1), schema)
  } catch (error) {
    if (!(error instanceof NoSuchField) || error.close === undefined) throw error
    const steps = path.with(path.lastIndexOf(error.field), error.close)
    throw new MistypedField(error.message, argument, steps.join('.') + argument.slice(at))
  }
}

/** The message has no field of that name. */
class NoSuchField extends CliError {
  /** @param close the field that may be meant */
  constructor(
    message: string,
    readonly field: string,
    readonly close: string | undefined,
  ) {
    super(message)
  }
}

/** A field whose name is nearly that of another one. */
export class MistypedField extends CliError {
  constructor(
    message: string,
    /** As it was typed: `nme=World`. */
    readonly argument: string,
    /** What may be meant: `name=World`. */
    readonly meant: string,
  ) {
    super(message)
  }
}

async function assignPath(json: Json, path: readonly string[], text: string, schema: MessageSchema): Promise<void> {
  const [name = '', ...rest] = path
  const { type, jsonName } = fieldOf(name, schema)
  if (rest.length === 0) {
    const isList = type.kind === 'list' || type.kind === 'set'
    if (!isList || text.startsWith('[')) json[jsonName] = await typedValue(text, type, name)
    else
      json[jsonName] = [
        ...((json[jsonName] as unknown[] | undefined) ?? []),
        await typedValue(text, type.element, name),
      ]
    return
  }
  json[jsonName] ??= {}
  const inner = json[jsonName] as Json
  if (type.kind === 'message') await assignPath(inner, rest, text, type.message)
  else if (type.kind === 'map') {
    const value = await typedValue(text, type.value, name)
    // Assigned, a key `__proto__` would be the prototype.
    Object.defineProperty(inner, rest.join('.'), { value, enumerable: true, configurable: true, writable: true })
  } else
    throw new CliError(
      `${name} is a ${type.kind === 'scalar' ? type.name : type.kind}, and has no field ${rest.join('.')}`,
    )
}

function fieldOf(name: string, schema: MessageSchema): FieldSchema | OneOfCase {
  const parts = schema.fields.flatMap((field): readonly (FieldSchema | OneOfCase)[] =>
    field.type.kind === 'oneof' ? field.type.cases : [field],
  )
  const found = parts.find(one => one.name === name || one.jsonName === name)
  if (found !== undefined) return found
  const names = parts.map(one => one.jsonName)
  const close = nearest(name, names)
  throw new NoSuchField(
    `request: ${schema.name} has no field ${name}` +
      `${close === undefined ? `; it has ${names.join(', ') || 'no fields'}` : `. Did you mean ${close}?`}`,
    name,
    close,
  )
}

/** Numbers, enums and times are text in ProtoJSON as well, so that the codec reads and checks them. */
async function typedValue(text: string, type: ValueType, name: string): Promise<unknown> {
  if (type.kind === 'scalar') {
    if (type.name === 'bool') {
      if (text === 'true' || text === 'false') return text === 'true'
      throw new CliError(`request: ${name} must be true or false, got ${JSON.stringify(text)}`)
    }
    if (type.name === 'bytes' && text.startsWith('@')) return fileOf(text.slice(1), name)
    return text
  }
  if (type.kind === 'enum') return text
  try {
    return JSON.parse(text)
  } catch {
    throw new CliError(`request: ${name} is a ${type.kind}; write its JSON, or a field of it: ${name}.field=value`)
  }
}

async function fileOf(path: string, name: string): Promise<string> {
  try {
    return (await readFile(path)).toString('base64')
  } catch (error) {
    throw new CliError(`request: ${name}=@${path} cannot be read: ${systemFault(error)}`)
  }
}
