import type { ValueType } from './type.js'

/** Whether a value of the type is one text, in a path or a query. */
export function isText(type: ValueType): boolean {
  if (type.kind === 'enum') return true
  return type.kind === 'scalar' && !['struct', 'value', 'listValue', 'nullValue'].includes(type.name)
}

/** Whether a value of the type is a parameter of a query, or several of one name. */
export function isParameter(type: ValueType): boolean {
  return type.kind === 'list' || type.kind === 'set' ? isText(type.element) : isText(type)
}
