import { posix } from 'node:path'
import type { EnumModel, MessageModel, SourceModel } from '../model.js'
import { ownClasses } from '../own-classes.js'
import { Refusal } from '../refusal.js'
import { upperFirst } from './names.js'
import { quoted } from './text.js'
import { type Declaration, free, type World } from './world.js'

/** The module that something of polywire's comes from, as `file` names it. */
export type ModuleOf = (name: string, file: SourceModel) => string

/** The names that one file uses, from polywire and from other files, and their import statements. */
export class Scope {
  private readonly taken: Set<string>
  private readonly polywire = new Map<string, { readonly alias: string; isType: boolean }>()
  /** By file, exported name to name here. */
  private readonly others = new Map<SourceModel, Map<string, string>>()

  constructor(
    readonly world: World,
    readonly file: SourceModel,
    private readonly moduleOf: ModuleOf = () => 'polywire',
  ) {
    this.taken = world.takenIn(file)
  }

  /** Something that polywire exports. The contract's names win: its own `Field` makes ours `PolywireField`. */
  use(name: string, isType = false): string {
    let used = this.polywire.get(name)
    if (used === undefined) {
      const prefixed = /^[A-Z]/.test(name) ? `Polywire${name}` : `polywire${upperFirst(name)}`
      used = { alias: this.taken.has(name) ? free(prefixed, this.taken) : free(name, this.taken), isType }
      this.polywire.set(name, used)
    }
    used.isType &&= isType
    return used.alias
  }

  /** A name that only this file uses. */
  local(name: string): string {
    return free(name, this.taken)
  }

  declaration(fullName: string): Declaration {
    const found = this.world.declarations.get(fullName)
    if (found === undefined) throw new Refusal(this.file.source, `type ${fullName}`, 'it is not declared')
    return found
  }

  className(fullName: string): string {
    if (isOwn(fullName)) return this.use(lastName(fullName))
    const { file, className } = this.declaration(fullName)
    return this.imported(file, className)
  }

  serviceName(fullName: string): string {
    const found = this.world.services.get(fullName)
    if (found === undefined) throw new Error(`${this.file.source}: service ${fullName} is not declared`)
    return this.imported(found.file, found.className)
  }

  constant(fullName: string): string {
    const { file, constant } = this.declaration(fullName)
    return this.imported(file, constant as string)
  }

  enumOf(fullName: string): EnumModel | undefined {
    if (isOwn(fullName)) return undefined
    const { model } = this.declaration(fullName)
    return 'members' in model ? model : undefined
  }

  messageOf(fullName: string): MessageModel | undefined {
    if (isOwn(fullName)) return undefined
    const { model } = this.declaration(fullName)
    return 'fields' in model ? model : undefined
  }

  private imported(file: SourceModel, name: string): string {
    if (file === this.file) return name
    const names = this.others.get(file) ?? new Map<string, string>()
    this.others.set(file, names)
    const known = names.get(name)
    if (known !== undefined) return known
    const alias = this.taken.has(name) ? free(prefixOf(file) + upperFirst(name), this.taken) : free(name, this.taken)
    names.set(name, alias)
    return alias
  }

  /** Import statements, from polywire first. */
  imports(): string[] {
    const own = new Map<string, Imported[]>()
    for (const [name, { alias, isType }] of this.polywire) {
      const from = this.moduleOf(name, this.file)
      own.set(from, [...(own.get(from) ?? []), { name, text: `${isType ? 'type ' : ''}${renamed(name, alias)}` }])
    }
    const modules = [...own].sort(([one], [other]) => compare(one, other))
    const others = [...this.others].map(([file, names]) => {
      const path = posix.relative(posix.dirname(this.file.path), file.path)
      const from = path.startsWith('.') ? path : `./${path}`
      return {
        from,
        text: statement(
          [...names].map(([name, alias]) => ({ name, text: renamed(name, alias) })),
          `${from}.js`,
        ),
      }
    })
    others.sort((one, other) => compare(one.from, other.from))
    return [...modules.map(([from, names]) => statement(names, from)), ...others.map(({ text }) => text)]
  }
}

/** `ShopV1` of `shop-v1`, for what another declaration's name is taken for. */
function prefixOf({ path }: SourceModel): string {
  const words = posix.basename(path).split(/[^\p{ID_Continue}$]+/u)
  return words
    .map(upperFirst)
    .join('')
    .replace(/^(?!\p{ID_Start}|[_$])/u, '_')
}

function isOwn(fullName: string): boolean {
  return ownClasses.has(fullName)
}

function lastName(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf('.') + 1)
}

function renamed(name: string, alias: string): string {
  return name === alias ? name : `${name} as ${alias}`
}

interface Imported {
  readonly name: string
  readonly text: string
}

function statement(names: Imported[], from: string): string {
  names.sort((one, other) => compare(one.name.toLowerCase(), other.name.toLowerCase()) || compare(one.name, other.name))
  const texts = names.map(({ text }) => text)
  const line = `import { ${texts.join(', ')} } from ${quoted(from)}`
  return line.length <= 140 ? line : `import {\n${texts.map(text => `  ${text},\n`).join('')}} from ${quoted(from)}`
}

/** Not by the machine's language. */
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
