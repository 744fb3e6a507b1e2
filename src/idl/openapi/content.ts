import { DocumentNode } from './node.js'

/** A body, of a request or a response. JSON is taken where there are several media types. */
export type Content =
  | { readonly kind: 'json' | 'stream'; readonly schema: DocumentNode }
  | { readonly kind: 'bytes'; readonly mediaTypes: readonly string[] }
  | undefined

/** @param isReply a reply can be a stream of JSON; a request has none @throws Refusal for forms */
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
  const types = all.map(([type]) => type)
  const forms = types.filter(type => /^(?:multipart\/|application\/x-www-form-urlencoded)/i.test(type))
  const mediaTypes = types.filter(type => !forms.includes(type))
  if (mediaTypes.length > 0) return { kind: 'bytes', mediaTypes }
  if (forms.length === 0) return undefined
  throw body.refusal(`a body of ${forms.join(' or ')}`, 'a route takes JSON or bytes')
}
