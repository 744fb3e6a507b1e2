import type { ValueType } from '../../schema/type.js'

/** The key of the first map in a type, its messages left out, that has no form as text; undefined if all have one. */
export function keyWithoutText(type: ValueType): ValueType | undefined {
  switch (type.kind) {
    case 'list':
    case 'set':
      return keyWithoutText(type.element)
    case 'map':
      return type.key.kind === 'scalar' || type.key.kind === 'enum' ? keyWithoutText(type.value) : type.key
    case 'oneof':
      return type.cases.map(one => keyWithoutText(one.type)).find(key => key !== undefined)
    default:
      return undefined
  }
}
