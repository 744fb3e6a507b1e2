import type { AliasModel, ConstantModel, EnumModel, MessageModel, ServiceModel, SourceModel } from '../model.js'
import { camelCase, globals, methodKeys, upperFirst, words } from './names.js'

/** A class, or an enum with the constant that is its type. */
export interface Declaration<M = AliasModel | EnumModel | MessageModel> {
  readonly file: SourceModel
  readonly model: M
  readonly className: string
  /** Of an enum: the exported `enumOf(...)`. */
  readonly constant: string | undefined
}

/** Every type and service of the files by its full name, and the names that they get. */
export class World {
  readonly declarations = new Map<string, Declaration>()
  /** Apart, since a protocol of Avro may have the name of one of its records. */
  readonly services = new Map<string, Declaration<ServiceModel>>()
  private readonly keys = new Map<string, ReadonlyMap<string, string>>()
  /** The variables of constants. */
  private readonly variables = new Map<ConstantModel, string>()
  private readonly taken = new Map<SourceModel, Set<string>>()

  constructor(readonly files: readonly SourceModel[]) {
    for (const file of files) this.declare(file)
  }

  /** The names that a file's declarations have; grows. */
  takenIn(file: SourceModel): Set<string> {
    return this.taken.get(file) as Set<string>
  }

  variableOf(constant: ConstantModel): string {
    return this.variables.get(constant) as string
  }

  /** The keys of a service's methods and of those that it inherits, by their names on the wire. */
  methodKeys(name: string): ReadonlyMap<string, string> {
    const known = this.keys.get(name)
    if (known !== undefined) return known
    const { methods = [], base } = this.services.get(name)?.model ?? {}
    const inherited = base === undefined ? undefined : this.methodKeys(base)
    const keys = new Map([...(inherited ?? []), ...methodKeys(methods, inherited)])
    this.keys.set(name, keys)
    return keys
  }

  private declare(file: SourceModel): void {
    const taken = new Set<string>()
    this.taken.set(file, taken)
    // Two packages may have a constant of one name.
    for (const one of file.constants) this.variables.set(one, free(one.name, taken))
    const { aliases = [], enums, messages, services } = file
    // Those that no other contains go first, and so get the names that they have in the source.
    const all = [...enums, ...messages, ...services, ...aliases]
    all.sort((one, other) => Number(one.localName.includes('.')) - Number(other.localName.includes('.')))
    const classNames = new Map(all.map(model => [model, classNameOf(model.localName, taken)]))
    for (const model of all) {
      const className = classNames.get(model) as string
      if ('methods' in model) {
        this.services.set(model.name, { file, model, className, constant: undefined })
        continue
      }
      const constant = 'members' in model ? free(camelCase(className), taken) : undefined
      this.declarations.set(model.name, { file, model, className, constant })
    }
  }
}

function classNameOf(localName: string, taken: Set<string>): string {
  const parts = localName.split('.').map(upperFirst)
  const candidates = [parts.join(''), parts.join('_')]
  return free(candidates.find(name => !taken.has(name)) ?? parts.join('_'), taken)
}

/** The name, or with a `_` behind where it is taken or JavaScript's own. */
export function free(name: string, taken: Set<string>): string {
  let result = name
  while (taken.has(result) || words.has(result) || globals.has(result)) result += '_'
  taken.add(result)
  return result
}
