import type { MessageSchema } from '../schema/message.js'
import type { ValueType } from '../schema/type.js'
import { branchName } from '../schema/union.js'

/** What stands for a value that must not be shown. */
export const hidden = '••••'
const mostText = 1024

/**
 * The JSON of a message as it may be shown: sensitive fields as dots, text over 1 KiB cut, which it says.
 * @param json as the JSON codec writes the message; it is changed
 */
export function shownMessage(json: unknown, schema: MessageSchema): unknown {
  if (!isObject(json)) return json
  for (const field of schema.fields) {
    const parts = field.type.kind === 'oneof' ? field.type.cases : [field]
    for (const part of parts) {
      if (!(part.jsonName in json)) continue
      json[part.jsonName] = field.sensitive === true ? hidden : shownValue(json[part.jsonName], part.type)
    }
  }
  return json
}

function shownValue(json: unknown, type: ValueType): unknown {
  if (typeof json === 'string')
    return json.length <= mostText ? json : `${json.slice(0, mostText)}… (cut from ${json.length} characters)`
  switch (type.kind) {
    case 'message':
      return shownMessage(json, type.message)
    case 'list':
    case 'set':
      return Array.isArray(json) ? json.map(one => shownValue(one, type.element)) : json
    case 'map':
      return isObject(json)
        ? Object.fromEntries(Object.entries(json).map(([key, one]) => [key, shownValue(one, type.value)]))
        : json
    case 'union':
      return shownUnion(json, type.branches)
    default:
      return json
  }
}

/** The value itself beside null, else one under the name of its type. */
function shownUnion(json: unknown, branches: readonly ValueType[]): unknown {
  const [only, ...others] = branches
  if (only !== undefined && others.length === 0) return shownValue(json, only)
  if (!isObject(json)) return json
  const typeOf = (name: string) => branches.find(branch => branchName(branch) === name)
  const entries = Object.entries(json).map(([name, one]): [string, unknown] => {
    const type = typeOf(name)
    return [name, type === undefined ? one : shownValue(one, type)]
  })
  return Object.fromEntries(entries)
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
