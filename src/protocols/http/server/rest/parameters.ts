import { Code } from '../../../../core/code.js'
import { failure, type RpcError } from '../../../../core/rpc-error.js'
import { type FieldPath, fieldPath } from '../../../../schema/field-path.js'
import type { FieldSchema, MessageSchema } from '../../../../schema/message.js'
import { isText } from '../../../../schema/parameter-type.js'
import type { EnumType, ValueType } from '../../../../schema/type.js'

type Tree = Record<string, unknown>

/** More names in a parameter than messages can be nested in one another. */
const mostNames = 64
/**
 * Parameters of one query or form. Each costs a few microseconds, and a form of `limits.messageBytes` has room for over a million. A query
 * within the default `limits.headerBytes` has fewer.
 */
const mostParameters = 10_000

/**
 * The fields that the path and the query of a request hold, as JSON that the codec reads: so ranges, dates and bytes are checked where they
 * are checked for every other request.
 */
export class Parameters {
  private readonly tree: Tree = bare()

  constructor(private readonly message: MessageSchema) {}

  /** A value from the path. @param text decoded */
  setVariable(path: FieldPath, name: string, text: string): void {
    const { within, key } = this.place(path)
    within[key] = jsonOf(path.type, text, name, 'path')
  }

  /**
   * @param inBody the field that the body holds
   * @throws RpcError `invalid_argument` (`malformed_query`), naming the parameter
   */
  addQuery(query: string, inBody: FieldSchema | undefined): void {
    this.addAll(query, 'query', inBody)
  }

  /** @throws RpcError `invalid_argument` (`malformed_request`), naming the field */
  addForm(form: string): void {
    this.addAll(form, 'form')
  }

  private addAll(text: string, place: 'query' | 'form', inBody?: FieldSchema): void {
    const parts = text.split('&', mostParameters + 1)
    if (parts.length > mostParameters) throw tooMany(place)
    for (const part of parts) {
      if (part === '') continue
      const at = part.indexOf('=')
      const name = unescaped(at < 0 ? part : part.slice(0, at), part, place)
      this.add(name, unescaped(at < 0 ? '' : part.slice(at + 1), name, place), place, inBody)
    }
  }

  private add(name: string, text: string, place: Place, inBody?: FieldSchema): void {
    const path = this.pathOf(name)
    if (path === undefined) throw malformed(name, `${this.message.name} has no such field`, place)
    if (inBody !== undefined && path.steps[0]?.key === inBody.key)
      throw malformed(name, `the body holds ${inBody.name}`, place)
    const { within, key } = this.place(path)
    const { type } = path
    if (type.kind === 'list' || type.kind === 'set') {
      within[key] ??= []
      const list = within[key] as unknown[]
      list.push(jsonOf(type.element, text, name, place))
      return
    }
    if (key in within) throw malformed(name, 'it is there more than once, or in the path too, and is not a list', place)
    within[key] = jsonOf(type, text, name, place)
  }

  /** `page.size`, or `page[size]` as other APIs have it. */
  private pathOf(name: string): FieldPath | undefined {
    if (name.split(/[.[]/, mostNames + 1).length > mostNames) return undefined
    const path = fieldPath(this.message, name)
    return path ?? (name.includes('[') ? fieldPath(this.message, name.replace(/\[([^[\]]*)\]/g, '.$1')) : undefined)
  }

  /** The object that holds the field; those around it are made. */
  private place({ steps }: FieldPath): { within: Tree; key: string } {
    let within = this.tree
    for (const { jsonName } of steps.slice(0, -1)) {
      within[jsonName] ??= bare()
      within = within[jsonName] as Tree
    }
    return { within, key: (steps.at(-1) as (typeof steps)[0]).jsonName }
  }

  /** A JSON object. */
  bytes(): Uint8Array {
    return Buffer.from(JSON.stringify(this.tree))
  }
}

/** Without a prototype, so that no name is there already. */
function bare(): Tree {
  return Object.create(null) as Tree
}

type Place = 'path' | 'query' | 'form'

/** The JSON that the codec reads as this text. Numbers may be in quotes there, so that only booleans and enums need more. */
function jsonOf(type: ValueType, text: string, name: string, place: Place): unknown {
  switch (type.kind) {
    case 'scalar':
      if (type.name === 'bool') return booleanOf(text, name, place)
      if (!isText(type)) break
      return text
    case 'enum':
      return memberOf(type, text, name, place)
    case 'message':
      throw malformed(
        name,
        `it is a message; name a field in it: ${name}.${type.message.fields[0]?.name ?? 'name'}`,
        place,
      )
  }
  throw malformed(name, 'a field of its type can only be in a body', place)
}

function booleanOf(text: string, name: string, place: Place): boolean {
  if (text !== 'true' && text !== 'false') throw malformed(name, 'expected true or false', place)
  return text === 'true'
}

/** In a body an unknown member counts as absent, because a newer client may have it. In a path or a query it would choose another resource. */
function memberOf({ byName, byNumber, open, values }: EnumType, text: string, name: string, place: Place): string {
  const isNumber = /^-?\d{1,10}$/.test(text)
  if (byName.has(text) || (isNumber && (open || byNumber.has(Number(text))))) return text
  throw malformed(
    name,
    `expected one of ${values
      .slice(0, 20)
      .map(value => value.name)
      .join(', ')}`,
    place,
  )
}

/** @throws RpcError for a `%` that is not followed by the digits of UTF-8 */
function unescaped(text: string, name: string, place: Place): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw malformed(name, 'its percent-encoding is not that of UTF-8', place)
  }
}

function tooMany(place: 'query' | 'form'): RpcError {
  const reason = place === 'form' ? 'malformed_request' : 'malformed_query'
  return failure(reason, Code.invalid_argument, `the ${place} has more than ${mostParameters} parameters`)
}

export function malformed(name: string, problem: string, place: Place = 'query'): RpcError {
  const said = `${JSON.stringify(name.slice(0, 100))}: ${problem}`
  switch (place) {
    case 'path':
      return failure('malformed_path', Code.invalid_argument, `path variable ${said}`)
    case 'query':
      return failure('malformed_query', Code.invalid_argument, `query parameter ${said}`)
    case 'form':
      return failure('malformed_request', Code.invalid_argument, `form field ${said}`)
  }
}
