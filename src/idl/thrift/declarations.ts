import type { ThriftFile } from './compile.js'
import type { EnumXml, StructXml, TypedefXml } from './document.js'

/** What a file declares, by name. */
export class Declarations {
  readonly pack: string
  readonly typedefs: ReadonlyMap<string, TypedefXml>
  readonly enums: ReadonlyMap<string, EnumXml>
  readonly structs: ReadonlyMap<string, StructXml>

  constructor(file: ThriftFile) {
    const { typedef, enum: enums, struct, union, exception } = file.document
    this.pack = packageOf(file)
    this.typedefs = byName(typedef)
    this.enums = byName(enums)
    this.structs = byName([...struct, ...union, ...exception])
  }

  /** @param full with the package */
  localName(full: string): string | undefined {
    const prefix = qualified(this.pack, '')
    return full.startsWith(prefix) ? full.slice(prefix.length) : undefined
  }
}

function byName<T extends { readonly name: string }>(list: readonly T[]): ReadonlyMap<string, T> {
  return new Map(list.map(one => [one.name, one]))
}

/** In the order of preference. */
const languages = ['js', '*', 'py', 'java']

export function packageOf({ document }: ThriftFile): string {
  const found = languages.map(name => document.namespace.find(one => one.name === name)).find(one => one !== undefined)
  return (found ?? document.namespace[0])?.value ?? ''
}

/** A name with its package. */
export function qualified(pack: string, name: string): string {
  return pack === '' ? name : `${pack}.${name}`
}
