import type { Random } from './random.js'

export type AvroJson = string | AvroJson[] | NamedJson
export interface NamedJson {
  type: string
  name?: string
  aliases?: string[]
  namespace?: string
  fields?: FieldJson[]
  symbols?: string[]
  size?: number
  items?: AvroJson
  values?: AvroJson
  default?: string
}
export interface FieldJson {
  name: string
  type: AvroJson
  aliases?: string[]
  default?: unknown
}

const primitives = ['int', 'long', 'float', 'double', 'string', 'bytes', 'boolean']
/** Types that JavaScript tells apart. */
const unions = [
  ['int', 'string'],
  ['string', 'bytes'],
  ['boolean', 'double'],
  ['long', 'boolean'],
  ['string', 'long'],
]

/** Types of Avro, and changes of them. */
export class RandomAvro {
  private count = 0

  constructor(private readonly random: Random) {}

  record(depth = 0): NamedJson & { fields: FieldJson[] } {
    const name = `R${this.count++}`
    const fields = Array.from({ length: 1 + this.random.below(3) }, (_, at) => this.field(`f${at}`, depth))
    return { type: 'record', name, fields }
  }

  private field(name: string, depth = 1): FieldJson {
    return this.withDefault({ name, type: this.type(depth) })
  }

  private withDefault(field: FieldJson): FieldJson {
    const value = zeroOf(field.type)
    return value === undefined || this.random.chance(0.5) ? field : { ...field, default: value }
  }

  private type(depth: number): AvroJson {
    const { random } = this
    const kind = depth > 2 ? 0 : random.next()
    if (kind < 0.45) return random.of(primitives)
    if (kind < 0.53) return { type: 'array', items: this.type(depth + 1) }
    if (kind < 0.61) return { type: 'map', values: this.type(depth + 1) }
    if (kind < 0.73) {
      const type = this.type(depth + 1)
      return ['null', Array.isArray(type) ? 'string' : type]
    }
    if (kind < 0.79) return [...random.of(unions)]
    if (kind < 0.87) {
      const symbols = ['A', 'B', 'C'].slice(0, 1 + random.below(3))
      const fallback = random.chance(0.5) ? { default: 'A' } : {}
      return { type: 'enum', name: `E${this.count++}`, symbols, ...fallback }
    }
    if (kind < 0.92) return { type: 'fixed', name: `F${this.count++}`, size: random.of([4, 8]) }
    return this.record(depth + 1)
  }

  /** @returns the names of the changes */
  change(top: NamedJson): string[] {
    const names: string[] = []
    for (let left = 1 + this.random.below(2); left > 0; left--) {
      const name = this.random.of(Object.keys(this.changes))
      this.changes[name]?.(top)
      names.push(name)
    }
    return names
  }

  private readonly changes: Readonly<Record<string, (top: NamedJson) => void>> = {
    'add a field': top => void this.fieldsIn(top).push(this.field(`n${this.count++}`)),
    'remove a field': top => {
      const fields = this.fieldsIn(top)
      if (fields.length > 1) fields.splice(this.random.below(fields.length), 1)
    },
    'type of a field': top => this.replace(top, ({ name }) => this.field(name)),
    'primitive type of a field': top =>
      this.replace(top, ({ name }) => this.withDefault({ name, type: this.random.of(primitives) })),
    'null of a field': top =>
      this.replace(top, ({ name, type }) => {
        if (!Array.isArray(type)) return { name, type: ['null', type], default: null }
        return { name, type: type.find(one => one !== 'null') as AvroJson }
      }),
    'order of a union': top =>
      this.replace(top, ({ name, type, ...rest }) => {
        if (!Array.isArray(type)) return { name, type, ...rest }
        return { name, type: type.toReversed() }
      }),
    'default of a field': top => this.replace(top, ({ name, type }) => this.withDefault({ name, type })),
    'name of a field': top =>
      this.replace(top, field => {
        const aliases = this.random.chance(0.5) ? { aliases: [field.name] } : {}
        return { ...field, ...aliases, name: `${field.name}x` }
      }),
    'symbols of an enum': top => {
      for (const { symbols = [] } of this.some(top, 'enum')) {
        if (symbols.length === 1 || this.random.chance(0.5)) symbols.push(`D${this.count++}`)
        else symbols.pop()
      }
    },
    'default of an enum': top => {
      for (const one of this.some(top, 'enum')) {
        if (one.default === undefined) one.default = 'A'
        else delete one.default
      }
    },
    'size of a fixed': top => {
      for (const one of this.some(top, 'fixed')) one.size = 12 - (one.size ?? 0)
    },
    'name of a type': top => {
      for (const one of this.some(top, this.random.of(['enum', 'record', 'fixed']))) {
        if (one === top) continue
        if (this.random.chance(0.5)) one.aliases = [`${one.name}`]
        one.name += 'Z'
      }
    },
  }

  private fieldsIn(top: NamedJson): FieldJson[] {
    return this.random.of(typesIn(top).flatMap(({ fields }) => (fields === undefined ? [] : [fields])))
  }

  private replace(top: NamedJson, change: (field: FieldJson) => FieldJson): void {
    const fields = this.fieldsIn(top)
    const at = this.random.below(fields.length)
    fields[at] = change(fields[at] as FieldJson)
  }

  /** One type of a kind, if there is one. */
  private some(top: NamedJson, kind: string): NamedJson[] {
    const found = typesIn(top).filter(({ type }) => type === kind)
    return found.length === 0 ? [] : [this.random.of(found)]
  }
}

function typesIn(type: AvroJson | undefined): NamedJson[] {
  if (type === undefined || typeof type === 'string') return []
  if (Array.isArray(type)) return type.flatMap(typesIn)
  const { fields = [], items, values } = type
  return [type, ...fields.flatMap(field => typesIn(field.type)), ...typesIn(items), ...typesIn(values)]
}

/** A default of a type; undefined for a record, and for a fixed, whose size may change. */
function zeroOf(type: AvroJson): unknown {
  if (Array.isArray(type)) return type[0] === 'null' ? null : zeroOf(type[0] as AvroJson)
  const kind = typeof type === 'string' ? type : type.type
  const zeros: Record<string, unknown> = { boolean: true, array: [], map: {}, enum: 'A' }
  if (kind === 'string' || kind === 'bytes') return 'x'
  return kind === 'int' || kind === 'long' ? 1 : kind === 'float' || kind === 'double' ? 1.5 : zeros[kind]
}
