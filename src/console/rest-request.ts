import type { RouteView } from './trial-views.js'
import type { FieldEntry, TypeTable } from './type-views.js'

/** What a call by a route sends. The server sends it, and the page writes it for curl. */
export interface RestRequest {
  readonly verb: string
  /** Path and query. */
  readonly target: string
  /** Undefined if there is none. */
  readonly body: RestBody | undefined
}

export interface RestBody {
  /** Null if the route takes several types of a kind, such as `image/*`: the caller names one with the header `content-type`. */
  readonly type: string | null
  readonly content: { readonly text: string } | { readonly base64: string }
}

/** A request that the route has no place for. The message says which field, and why. */
export class UnfitRequest extends Error {}

type Json = Record<string, unknown>

/**
 * Divides a request into path, query and body, as `google.api.http` defines it. A form is written as a query is.
 * @param message in JSON
 * @throws UnfitRequest if a variable of the path is not set, or a field can only be in a body that the route does not take
 */
export function restRequest(
  route: RouteView,
  { types, input }: { readonly types: TypeTable; readonly input: string },
  message: unknown,
): RestRequest {
  const rest = structuredClone(isObject(message) ? message : {})
  const path = pathOf(route, rest)
  const { verb, body } = route
  const parameters = () =>
    [...parametersOf(rest, input, types, '')].map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join('&')
  if (body === '*') {
    const text = route.isForm ? parameters() : JSON.stringify(rest)
    return { verb, target: path, body: { type: route.takes, content: { text } } }
  }
  const content = body === null ? undefined : contentOf(route, body, rest)
  const query = parameters()
  const target = query === '' ? path : `${path}?${query}`
  return { verb, target, body: content && { type: route.takes, content } }
}

/** Takes the variables out of the message. */
function pathOf({ segments, variables, suffix }: RouteView, message: Json): string {
  const parts = segments.map(segment => (segment === '**' ? '' : segment === '*' ? segment : escaped(segment)))
  for (const { names, from, to, hasSlashes } of variables.toReversed()) {
    const text = taken(message, names)
    // Only ** matches no segment at all.
    if (text === '' && !(to - from === 1 && segments[from] === '**'))
      throw new UnfitRequest(`${names.join('.')} is part of the path: set it`)
    const inPath = hasSlashes ? text.split('/').map(escaped).join('/') : escaped(text)
    parts.splice(from, to - from, inPath)
  }
  const path = parts.filter(part => part !== '').join('/')
  return `/${path}${suffix === '' ? '' : `:${escaped(suffix)}`}`
}

function taken(message: Json, names: readonly string[]): string {
  const [name = '', ...inner] = names
  const value = message[name]
  if (inner.length > 0) return isObject(value) ? taken(value, inner) : ''
  delete message[name]
  return value === undefined || value === null ? '' : String(value)
}

function contentOf({ isBytes }: RouteView, field: string, message: Json): RestBody['content'] | undefined {
  const value = message[field]
  delete message[field]
  if (isBytes) return { base64: typeof value === 'string' ? value : '' }
  return value === undefined ? undefined : { text: JSON.stringify(value) }
}

function* parametersOf(
  message: Json,
  type: string,
  types: TypeTable,
  prefix: string,
): Generator<readonly [name: string, value: string]> {
  const entry = types[type]
  const fields = entry?.kind === 'message' ? entry.fields.flatMap(partsOf) : []
  for (const [key, value] of Object.entries(message)) {
    if (value === undefined || value === null) continue
    const name = `${prefix}${key}`
    const field = fields.find(one => one.name === key)
    if (isObject(value) && field?.type.kind === 'message')
      yield* parametersOf(value, field.type.name, types, `${name}.`)
    else
      for (const one of Array.isArray(value) ? value : [value]) {
        if (typeof one === 'object')
          throw new UnfitRequest(`${name} can only be in a body of JSON, and this route takes none for it`)
        yield [name, String(one)]
      }
  }
}

function partsOf(field: FieldEntry): readonly FieldEntry[] {
  return field.type.kind === 'oneof' ? field.type.cases : [field]
}

/** A `$` needs no escape. It begins the name that stands for a sensitive value. */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll('%24', '$')
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
