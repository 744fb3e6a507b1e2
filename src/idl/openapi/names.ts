import { lastName, packageOf } from '../../protocols/standard-services/descriptor-names.js'
import { upperFirst } from '../typescript/names.js'

/** Names, of which no two are the same. */
export class Names {
  /** With the number of names that begin with it. */
  private readonly taken = new Map<string, number>()

  constructor(names: readonly string[] = []) {
    for (const name of names) this.taken.set(name, 1)
  }

  has(name: string): boolean {
    return this.taken.has(name)
  }

  /** The name, with a `_` and a number behind it if it is taken. */
  free(name: string): string {
    let free = name
    let count = this.taken.get(name) ?? 0
    for (; this.taken.has(free); count++) free = `${name}_${count === 1 ? '' : count}`
    this.taken.set(free, 1)
    if (free !== name) this.taken.set(name, count)
    return free
  }
}

/** The full names of a document's messages, enums and services. */
export class FullNames extends Names {
  /** Without its package: `Order.State` of an enum within a message. */
  localName(name: string): string {
    const outer = packageOf(name)
    return outer !== '' && this.isWithin(outer) ? `${this.localName(outer)}.${lastName(name)}` : lastName(name)
  }

  private isWithin(name: string): boolean {
    return name !== '' && (this.has(name) || this.isWithin(packageOf(name)))
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
export class FieldNames extends Names {
  /** `page_size` of `page[size]` */
  nameOf(jsonName: string): string {
    return isIdentifier(jsonName) ? jsonName : this.free(jsonName)
  }

  /** A name that JSON does not decide. */
  override free(name: string): string {
    return super.free(isIdentifier(name) ? name : begun(wordsIn(name).join('_') || 'field'))
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
