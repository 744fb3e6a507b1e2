import { isUtf8 } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import { json } from '../codecs/json/codec.js'
import { streamsIn } from '../core/call.js'
import { defaultLimits } from '../core/limits.js'
import { RpcError } from '../core/rpc-error.js'
import type { FieldSchema, MessageSchema } from '../schema/message.js'
import type { MethodSchema } from '../schema/service.js'
import type { OneOfCase, ValueType } from '../schema/type.js'
import { CliError } from './cli-error.js'
import type { Typed } from './command.js'
import { assign, MistypedField } from './field-arguments.js'
import { markedAt, offsetOf, pathIn, type Step } from './json-place.js'
import { jsonValues, type Located } from './json-values.js'
import { nearest } from './nearest.js'
import { mended } from './pasted.js'
import { systemFault } from './system-fault.js'
import { saidOf } from './value-wanted.js'

/** The requests that DATA stands for. They are read before anything is sent, except those of stdin in a stream. */
export async function requestsOf(
  data: readonly string[],
  method: MethodSchema,
  typed: Typed,
  stdin: AsyncIterable<Uint8Array>,
): Promise<AsyncIterable<unknown> | readonly unknown[]> {
  const decode = decoderOf(method.input, typed.has('allow-unknown'))
  if (data.length === 1 && data[0] === '-' && typed.valueOf('data') === undefined) {
    const values = jsonValues(stdin)
    return streamsIn(method) ? mapped(values, decode) : [decode(await only(values))]
  }
  const all = (await typingsOf(data, method, typed)).map(decode)
  if (streamsIn(method) || all.length === 1) return all
  throw new CliError(`${method.path.slice(1)} takes one request, got ${all.length}`)
}

/** The requests of fields, JSON or a file, as they were typed. */
export async function typingsOf(
  data: readonly string[],
  method: MethodSchema,
  typed: Typed,
): Promise<readonly Typing[]> {
  const given = typed.valueOf('data')
  const all = given === undefined ? data : [given, ...data]
  const [first, ...others] = all
  const found: Typing[] = []
  if (first?.startsWith('@') && others.length === 0) {
    for await (const value of jsonValues(chunksOf(first.slice(1)))) found.push(value)
    return found
  }
  if (first !== undefined && /^\s*[[{]/.test(first)) {
    for (const text of all) for await (const value of jsonValues([Buffer.from(text)])) found.push(value)
    return found
  }
  const fields: Record<string, unknown> = {}
  try {
    for (const one of all) await assign(fields, one, method.input)
  } catch (error) {
    if (!(error instanceof MistypedField)) throw error
    throw new CliError(error.message, { hint: mended(typed.line, error.argument, error.meant) })
  }
  return streamsIn(method) && all.length === 0 ? [] : [fieldsTyped(fields)]
}

/** A request that is not JSON text. */
export function fieldsTyped(value: unknown): Typing {
  return { value, source: undefined, path: [] }
}

async function only<T>(values: AsyncIterable<T>): Promise<T> {
  const all: T[] = []
  for await (const value of values) all.push(value)
  const [first] = all
  if (first !== undefined && all.length === 1) return first
  throw new CliError(`stdin must have one JSON value, got ${all.length}`)
}

async function* mapped<T, R>(values: AsyncIterable<T>, map: (value: T) => R): AsyncIterable<R> {
  for await (const value of values) yield map(value)
}

/** @throws CliError if it cannot be read */
export async function* chunksOf(path: string): AsyncIterable<Uint8Array> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new CliError(`@${path} cannot be read: ${systemFault(error)}`)
  })
  if (!isUtf8(bytes)) throw new CliError(`@${path} is not text in UTF-8, and so not JSON`)
  yield bytes
}

/** A request as it was typed: JSON with its text, or fields. */
export type Typing = Located | { readonly value: unknown; readonly source: undefined; readonly path: readonly Step[] }

/** Reads requests of a message. What is wrong with one is a CliError with its place. */
export function decoderOf(schema: MessageSchema, allowsUnknown: boolean): (request: Typing) => unknown {
  const serializer = json.compile(schema, defaultLimits)
  return request => {
    if (!allowsUnknown) checkNames(request.value, { schema, request, path: [] })
    try {
      return serializer.decode(Buffer.from(JSON.stringify(request.value)))
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      const path = pathIn(error.message)
      throw wrong(saidOf(error.message, valueAt(request.value, path)), request, { path })
    }
  }
}

function valueAt(value: unknown, path: readonly Step[]): unknown {
  return path.reduce((inner, step) => (inner as Readonly<Record<Step, unknown>> | undefined)?.[step], value)
}

/** What is wrong with a request, with its line and column where it is JSON. */
function wrong(
  problem: string,
  { source, path: outer }: Typing,
  { path, part }: { readonly path: readonly Step[]; readonly part?: 'key' },
): CliError {
  const offset = source && offsetOf(source.text, [...outer, ...path], part)
  if (offset === undefined) return new CliError(`request: ${problem}`)
  const { where, hint } = markedAt(source?.text ?? '', offset, source ?? { line: 1, column: 1 })
  return new CliError(`request, ${where}: ${problem}`, { hint })
}

interface Within {
  readonly schema: MessageSchema
  readonly request: Typing
  readonly path: readonly Step[]
}

/** @throws CliError for a field that the message does not have */
function checkNames(value: unknown, { schema, request, path }: Within): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  const types = new Map(schema.fields.flatMap(namesAndTypes))
  for (const [name, inner] of Object.entries(value)) {
    const type = types.get(name)
    const place = [...path, name]
    if (type === undefined) {
      const close = nearest(name, types.keys())
      const has = [...new Set(schema.fields.flatMap(namesOf))].join(', ') || 'no fields'
      const hint = close === undefined ? `; it has ${has}` : `. Did you mean ${close}?`
      throw wrong(`${schema.name} has no field ${place.join('.')}${hint}`, request, { path: place, part: 'key' })
    }
    checkInner(inner, type, { request, path: place })
  }
}

function checkInner(value: unknown, type: ValueType, { request, path }: Omit<Within, 'schema'>): void {
  if (type.kind === 'message') checkNames(value, { schema: type.message, request, path })
  else if ((type.kind === 'list' || type.kind === 'set') && Array.isArray(value))
    for (const [at, one] of value.entries()) checkInner(one, type.element, { request, path: [...path, at] })
  else if (type.kind === 'map' && typeof value === 'object' && value !== null)
    for (const [key, one] of Object.entries(value)) checkInner(one, type.value, { request, path: [...path, key] })
}

/** Both spellings of each name. */
function namesAndTypes(field: FieldSchema): [string, ValueType][] {
  const parts: readonly (FieldSchema | OneOfCase)[] = field.type.kind === 'oneof' ? field.type.cases : [field]
  return parts.flatMap(({ name, jsonName, type }): [string, ValueType][] => [
    [name, type],
    [jsonName, type],
  ])
}

function namesOf(field: FieldSchema): string[] {
  return field.type.kind === 'oneof' ? field.type.cases.map(({ jsonName }) => jsonName) : [field.jsonName]
}
