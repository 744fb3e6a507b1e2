import { formType } from '../../schema/http-rule.js'
import { DocumentNode } from './node.js'

/** A body, of a request or a response. JSON is taken where there are several media types. */
export type Content =
  | { readonly kind: 'json' | 'stream'; readonly schema: DocumentNode }
  /** `application/x-www-form-urlencoded` */
  | { readonly kind: 'form'; readonly schema: DocumentNode }
  | { readonly kind: 'bytes'; readonly mediaTypes: readonly string[] }
  | undefined

/** @param isReply a reply can be a stream of JSON, and a request a form @throws Refusal for a reply that is a form */
export function contentOf(body: DocumentNode, isReply: boolean): Content {
  const all = body.get('content')?.entries() ?? []
  const json = all.find(([type]) => /^(?:application\/(?:[\w.+-]+\+)?json|\*\/\*)\s*(?:;|$)/i.test(type))?.[1]
  if (json !== undefined)
    return { kind: 'json', schema: json.get('schema') ?? new DocumentNode(true, json.file, json.pointer) }
  const stream = all.find(([type]) =>
    /^(?:text\/event-stream|application\/(?:x-)?nd-?json|application\/jsonl)\b/i.test(type),
  )
  const element = isReply ? (stream?.[1].get('itemSchema') ?? stream?.[1].get('schema')) : undefined
  if (element !== undefined) return { kind: 'stream', schema: element }
  const form = all.find(([type]) => type === formType)?.[1].get('schema')
  if (form !== undefined && !isReply) return { kind: 'form', schema: form }
  const types = all.map(([type]) => type)
  const forms = types.filter(type => /^(?:multipart\/|application\/x-www-form-urlencoded)/i.test(type))
  const mediaTypes = isReply ? types.filter(type => !forms.includes(type)) : types
  if (mediaTypes.length > 0) return { kind: 'bytes', mediaTypes }
  if (forms.length === 0) return undefined
  throw body.refusal(`a reply of ${forms.join(' or ')}`, 'a route answers with JSON or bytes')
}
