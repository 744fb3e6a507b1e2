import type { ValueType } from '../schema/type.js'
import { type Alias, aliasOf } from '../schema/typedef.js'
import type { Named } from './declared.js'
import type { Contract } from './format.js'

/** The typedefs of a contract by name, and those that its messages, methods and constants use. */
export function aliasesIn({ services, aliases = [], constants = [] }: Contract, types: readonly Named[]): Alias[] {
  const found = new Map<string, Alias>()
  const add = (alias: Alias) => {
    if (found.has(alias.name)) return
    visit(alias.type)
    found.set(alias.name, alias)
  }
  const visit = (type: ValueType): void => {
    const alias = aliasOf(type)
    if (alias !== undefined) add(alias)
    else for (const part of partsOf(type)) visit(part)
  }
  for (const one of aliases) add(one)
  for (const type of types) if ('fields' in type) for (const field of type.fields) visit(field.type)
  for (const { input, output } of services.flatMap(({ methods }) => methods))
    for (const field of [...input.fields, ...output.fields]) visit(field.type)
  for (const { type } of constants.flatMap(({ list }) => list)) visit(type)
  return [...found.values()]
}

function partsOf(type: ValueType): readonly ValueType[] {
  switch (type.kind) {
    case 'list':
    case 'set':
      return [type.element]
    case 'map':
      return [type.key, type.value]
    case 'oneof':
      return type.cases.map(one => one.type)
    default:
      return []
  }
}
