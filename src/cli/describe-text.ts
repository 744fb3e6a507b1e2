import { isOverflow } from '../idl/nesting.js'
import { builtInProtocols } from '../protocols/built-in.js'
import type { Protocol } from '../protocols/protocol.js'
import type { FieldSchema, MessageSchema } from '../schema/message.js'
import { refinementText } from '../schema/refinement.js'
import type { MethodSchema } from '../schema/service.js'
import type { ValueType } from '../schema/type.js'
import { unionText } from '../schema/union.js'

/** `server stream` */
export function kindText({ kind, oneway }: MethodSchema): string {
  if (oneway) return 'oneway'
  return kind === 'unary' ? 'unary' : kind === 'bidi_streaming' ? 'both stream' : kind.replace('_streaming', ' stream')
}

/** The wires that can carry a method, by its contract. */
export function wiresOf(method: MethodSchema): string[] {
  const shown = builtInProtocols.filter(({ name }) => name !== 'memory')
  return shown.filter(protocol => carries(protocol, method)).map(({ name }) => name)
}

/** Types that name each other ten thousand deep are carried by no codec, which follows them by recursion. */
function carries(protocol: Protocol, method: MethodSchema): boolean {
  try {
    return protocol.refuses(method) === undefined
  } catch (error) {
    if (isOverflow(error)) return false
    throw error
  }
}

/** `list of shop.v1.Item` */
export function typeText(type: ValueType): string {
  switch (type.kind) {
    case 'scalar':
      return type.refined === undefined ? type.name : refinementText(type.refined)
    case 'enum':
      return type.name ?? type.values.map(({ name }) => name).join(' | ')
    case 'message':
      return type.delimited ? `delimited ${type.message.name}` : type.message.name
    case 'list':
    case 'set':
      return `${type.kind} of ${typeText(type.element)}`
    case 'map':
      return `map of ${typeText(type.key)} to ${typeText(type.value)}`
    case 'union':
      return unionText(type, typeText)
    case 'oneof':
      return `one of ${type.cases.map(one => `${one.number ?? ''} ${one.name} ${typeText(one.type)}`.trim()).join(', ')}`
  }
}

/** The first line of a description, for a table. */
export function summaryOf(doc: string | undefined): string {
  return doc?.split('\n', 1)[0] ?? ''
}

/** Number, name, type and description of each field. */
export function fieldRows({ fields }: MessageSchema): string[][] {
  return fields.map(({ number, jsonName, type, doc }: FieldSchema) => [
    String(number ?? ''),
    jsonName,
    typeText(type),
    summaryOf(doc),
  ])
}
