import { isWithin, lastName, packageOf } from '../../protocols/standard-services/descriptor-names.js'
import { upperFirst } from '../typescript/names.js'

/** The full names of a document's messages, enums and services. No two are the same. */
export class FullNames {
  private readonly taken = new Set<string>()

  /** The name, with a `_` behind it if it is taken. */
  free(name: string): string {
    let free = name
    while (this.taken.has(free)) free += '_'
    this.taken.add(free)
    return free
  }

  has(name: string): boolean {
    return this.taken.has(name)
  }

  /** Without its package: `Order.State` of an enum within a message. */
  localName(name: string): string {
    const outer = packageOf(name)
    return isWithin(outer, this.taken) ? `${this.localName(outer)}.${lastName(name)}` : lastName(name)
  }
}

/** The name of a type or a method: `SimpleUser` of `simple-user`. Undefined for a text without a letter or digit of ASCII. */
export function typeName(text: string): string | undefined {
  const name = wordsIn(text).map(upperFirst).join('')
  return name === '' ? undefined : begun(name)
}

/** The package of a document: `swagger_petstore` of its title. */
export function packageName(title: string): string | undefined {
  const name = wordsIn(title).join('_').toLowerCase()
  return name === '' ? undefined : begun(name)
}

/** The names of a message's fields. They are those in JSON, unless these are not identifiers. */
export class FieldNames {
  private readonly taken: Set<string>

  /** @param jsonNames of all fields, which no other field may have as its name */
  constructor(jsonNames: readonly string[]) {
    this.taken = new Set(jsonNames)
  }

  /** `page_size` of `page[size]` */
  nameOf(jsonName: string): string {
    return isIdentifier(jsonName) ? jsonName : this.free(jsonName)
  }

  /** A name that JSON does not decide. */
  free(name: string): string {
    let free = isIdentifier(name) ? name : begun(wordsIn(name).join('_') || 'field')
    while (this.taken.has(free)) free += '_'
    this.taken.add(free)
    return free
  }
}

export function isIdentifier(text: string): boolean {
  return /^[A-Za-z_]\w*$/.test(text)
}

function wordsIn(text: string): string[] {
  return text.split(/[^A-Za-z0-9_]+/).filter(word => word !== '')
}

function begun(name: string): string {
  return /^\d/.test(name) ? `_${name}` : name
}
