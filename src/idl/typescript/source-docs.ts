import { describeClass, docOf, serviceLineage } from '../../decorators/declarations.js'
import type { MessageSchema } from '../../schema/message.js'
import { messageSchemaOf } from '../../schema/resolve.js'
import type { Class, EnumType } from '../../schema/type.js'
import type { Alias, Constant } from '../../schema/typedef.js'
import type { Commented, FileDocs } from './read-docs.js'
import { VariableDocs } from './variable-docs.js'

/** The comments of a module's sources, for the classes and enums that they became. What has a description keeps it. */
export class SourceDocs {
  private readonly variables: VariableDocs

  constructor(private readonly files: readonly FileDocs[]) {
    this.variables = new VariableDocs(files)
  }

  /** Describes a class and those that it extends. */
  describe(type: Class): void {
    for (let at: unknown = type; isClassWithName(at); at = Object.getPrototypeOf(at)) {
      const found = this.classNamed(at)
      if (found?.doc !== undefined) describeClass(at, undefined, found.doc)
      for (const [member, doc] of found?.members ?? []) describeClass(at, member, doc)
      // The parameter of a contract begins with a `_`, which its argument does not.
      for (const [method, docs] of found?.parts ?? [])
        for (const [name, doc] of docs) describeClass(at, `${method}.${name.replace(/^_/, '')}`, doc)
    }
  }

  /** Describes the cases of the oneOfs of a message. */
  describeCases({ class: type, fields }: MessageSchema): void {
    for (const { key, type: of } of fields)
      if (type !== undefined && of.kind === 'oneof')
        for (const one of of.cases) one.doc ??= docOf(type, `${key}.${one.name}`)
  }

  describeEnum({ name = '', docs }: EnumType): void {
    const found = this.enumNamed(name)
    docs.own ??= found?.doc
    for (const [member, doc] of found?.members ?? []) if (!docs.members.has(member)) docs.members.set(member, doc)
  }

  describeAlias(alias: Alias): void {
    alias.doc ??= this.files.find(({ typedefs }) => typedefs.has(alias.name))?.typedefs.get(alias.name)
  }

  /** What its entry says, else the variable that is its value. */
  describeConstant(constant: Constant, pack: string): void {
    for (const file of this.files) {
      const { doc, variable = '' } = file.constants.get(`${pack}.${constant.name}`) ?? {}
      constant.doc ??= doc ?? this.variables.of(file, variable)
    }
  }

  /** By its name on the wire too, since two files may have a class of one name. Of several that fit it takes none. */
  private classNamed(type: Class): Commented | undefined {
    const wireName = wireNameOf(type)
    const fits = this.files
      .flatMap(({ classes }) => classes)
      .filter(one => isNameOf(one.name, type) && (wireName === undefined || wireName === one.wireName))
    return fits.length === 1 ? fits[0] : undefined
  }

  private enumNamed(wireName: string): Commented | undefined {
    const file = this.files.find(({ enumNames }) => enumNames.has(wireName))
    const name = file?.enumNames.get(wireName)
    const own = file?.enums.find(one => one.name === name)
    const others = this.files.flatMap(({ enums }) => enums).filter(one => one.name === name)
    return own ?? (others.length === 1 ? others[0] : undefined)
  }
}

function isClassWithName(value: unknown): value is Class {
  return typeof value === 'function' && value !== Function.prototype
}

/** A compiler may put a `_` before the name of a class that refers to itself. */
function isNameOf(name: string, { name: found }: Class): boolean {
  return found === name || found === `_${name}`
}

/** The name that the class's own `@Message` or `@Service` gives it; undefined if it has none of them. */
function wireNameOf(type: Class): string | undefined {
  const service = serviceLineage(type).find(([owner, { declared }]) => owner === type && declared)
  if (service !== undefined) return service[1].name ?? type.name
  return messageSchemaOf(type)?.name
}
