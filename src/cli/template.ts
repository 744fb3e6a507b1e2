import { messageLimits } from '../core/limits.js'
import type { MessageSchema } from '../schema/message.js'
import type { Refinement } from '../schema/refinement.js'
import type { ValueType } from '../schema/type.js'
import { branchName } from '../schema/union.js'

/**
 * The JSON of a message with every field, to fill in. A message within itself is left empty, and so is what is deeper than calls may be, or
 * beyond the first thousand messages: of forty messages with two fields each for the next one a template would have 2^40.
 */
export function templateOf(schema: MessageSchema): Record<string, unknown> {
  return messageTemplate(schema, { above: [], rest: { messages: 1000 } })
}

interface Context {
  readonly above: readonly MessageSchema[]
  /** How many more messages the whole template may have. */
  readonly rest: { messages: number }
}

function messageTemplate(schema: MessageSchema, { above, rest }: Context): Record<string, unknown> {
  if (above.includes(schema) || above.length === messageLimits.depth || rest.messages-- <= 0) return {}
  const within = { above: [...above, schema], rest }
  const entries = schema.fields.map(({ jsonName, type }): [string, unknown] => {
    const [first] = type.kind === 'oneof' ? type.cases : []
    return first === undefined
      ? [jsonName, placeholder(type, within)]
      : [first.jsonName, placeholder(first.type, within)]
  })
  return Object.fromEntries(entries)
}

function placeholder(type: ValueType, within: Context): unknown {
  switch (type.kind) {
    case 'scalar':
      if (type.refined !== undefined) return refinedPlaceholder(type.refined)
      if (type.name === 'bool') return false
      if (type.name === 'timestamp') return '1970-01-01T00:00:00Z'
      if (type.name === 'duration') return '0s'
      if (type.name === 'struct') return {}
      if (type.name === 'listValue') return []
      if (type.name === 'value' || type.name === 'nullValue') return null
      if (type.name.endsWith('64')) return '0'
      return ['string', 'uuid', 'bytes', 'fieldMask'].includes(type.name) ? '' : 0
    case 'enum':
      return type.values[0]?.name
    case 'message':
      return messageTemplate(type.message, within)
    case 'list':
    case 'set':
      return [placeholder(type.element, within)]
    case 'map':
      return {}
    case 'union': {
      const [first] = type.branches as [ValueType]
      const value = placeholder(first, within)
      return type.branches.length === 1 ? value : { [branchName(first)]: value }
    }
    case 'oneof':
      return undefined
  }
}

function refinedPlaceholder(refined: Refinement): string {
  switch (refined.kind) {
    case 'fixed':
      return Buffer.alloc(refined.size).toString('base64')
    case 'decimal':
      return '0'
    case 'date':
      return '1970-01-01'
    case 'timeOfDay':
      return '00:00:00'
    default:
      return refined.kind === 'timestamp' ? '1970-01-01T00:00:00Z' : '1970-01-01T00:00:00'
  }
}
