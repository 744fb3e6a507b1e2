import { formType } from '../../schema/http-rule.js'
import { DocumentNode } from './node.js'

/** A body, of a request or a response. JSON is taken where there are several media types. */
export type Content =
  | { readonly kind: 'json' | 'stream'; readonly schema: DocumentNode }
  | Form
  | { readonly kind: 'bytes'; readonly mediaTypes: readonly string[] }
  | undefined

/** `application/x-www-form-urlencoded` */
export interface Form {
  readonly kind: 'form'
  readonly schema: DocumentNode
  /** Of its properties, by their names. */
  readonly encoding: DocumentNode | undefined
}

const json = /^(?:application\/(?:[\w.+-]+\+)?json|\*\/\*)\s*(?:;|$)/i
const lines = /^(?:text\/event-stream|application\/(?:x-)?nd-?json|application\/jsonl)\b/i
const forms = /^(?:multipart\/|application\/x-www-form-urlencoded\b)/i

/** Whether a media type is one of JSON, such as `application/problem+json; charset=utf-8`. */
export function isJson(mediaType: string): boolean {
  return json.test(mediaType)
}

/**
 * @param isReply a reply can be a stream of JSON, and a request a form
 * @throws Refusal for a reply that is a form, and for JSON and forms in another charset than UTF-8
 */
export function contentOf(body: DocumentNode, isReply: boolean): Content {
  const all = body.get('content')?.entries() ?? []
  const find = (form: RegExp) => inUtf8(all, form, body)
  const plain = find(json)
  if (plain !== undefined)
    return { kind: 'json', schema: plain.get('schema') ?? new DocumentNode(true, plain.file, plain.pointer) }
  const stream = isReply ? find(lines) : undefined
  const element = stream?.get('itemSchema') ?? stream?.get('schema')
  if (element !== undefined) return { kind: 'stream', schema: element }
  const form = isReply ? undefined : find(new RegExp(`^${formType}\\s*(?:;|$)`, 'i'))
  const schema = form?.get('schema')
  if (schema !== undefined) return { kind: 'form', schema, encoding: form?.get('encoding') }
  const types = all.map(([type]) => type)
  const mediaTypes = isReply ? types.filter(type => !forms.test(type)) : types
  if (mediaTypes.length > 0) return { kind: 'bytes', mediaTypes }
  if (types.length === 0) return undefined
  throw body.refusal(`a reply of ${types.join(' or ')}`, 'a route answers with JSON or bytes')
}

/** One of these media types. @throws Refusal if there are only such in another charset, which polywire cannot have */
function inUtf8(
  all: readonly (readonly [mediaType: string, node: DocumentNode])[],
  form: RegExp,
  body: DocumentNode,
): DocumentNode | undefined {
  const fitting = all.filter(([type]) => form.test(type))
  const [[other] = []] = fitting
  const [, node] = fitting.find(([type]) => !/;\s*charset\s*=(?!\s*"?utf-?8"?\s*(?:;|$))/i.test(type)) ?? []
  if (node === undefined && other !== undefined) throw body.refusal(other, 'a route has JSON and forms in UTF-8')
  return node
}
