import { deprecationIn } from '../../schema/deprecation.js'
import type { ScalarName } from '../../schema/type.js'
import { kept, type LeftOut } from '../left-out.js'
import type {
  AliasModel,
  ConstantModel,
  Documented,
  EnumModel,
  FieldModel,
  InitialModel,
  MessageModel,
  MethodModel,
  OneOfModel,
  ReadModel,
  ServiceModel,
  SourceModel,
  TypeModel,
} from '../model.js'
import { Refusal } from '../refusal.js'
import { checkFieldName, checkMemberName, nameBeside } from '../typescript/names.js'
import type { ThriftFile } from './compile.js'
import { Declarations, packageOf, qualified } from './declarations.js'
import {
  type AnnotationXml,
  type ConstXml,
  type EnumXml,
  type FieldXml,
  fieldNameOf,
  type MethodXml,
  type ServiceXml,
  type StructXml,
  type TypedefXml,
  type TypeXml,
} from './document.js'
import { initialOf, type ThriftTypes } from './initial.js'
import { nameAnnotation } from './reserved.js'
import { bareAnnotation } from './values.js'

/**
 * The model of .thrift files.
 * @param leftOut takes what classes cannot express
 * @throws Refusal for it, if nothing may be left out
 */
export function readThrift(files: readonly ThriftFile[], leftOut?: LeftOut): ReadModel {
  const modules = new Map(files.map(file => [file.document.name, new Declarations(file)]))
  return { files: files.map(file => new FileReader(file, modules, leftOut).read()), notes: [] }
}

const scalars: Readonly<Record<string, ScalarName>> = {
  bool: 'bool',
  byte: 'int8',
  i8: 'int8',
  i16: 'int16',
  i32: 'int32',
  i64: 'int64',
  double: 'double',
  string: 'string',
  binary: 'bytes',
  uuid: 'uuid',
}

class FileReader {
  private readonly pack: string

  constructor(
    private readonly file: ThriftFile,
    private readonly modules: ReadonlyMap<string, Declarations>,
    private readonly leftOut: LeftOut | undefined,
  ) {
    this.pack = packageOf(file)
  }

  read(): SourceModel {
    const { document, text } = this.file
    return {
      source: text.source,
      path: document.name,
      doc: document.doc || undefined,
      pack: this.pack,
      enums: document.enum.flatMap(one => this.kept(one, () => this.enumeration(one))),
      messages: [
        ...document.struct.flatMap(one => this.kept(one, () => this.struct(one, false))),
        ...document.union.flatMap(one => this.kept(one, () => this.union(one))),
        ...document.exception.flatMap(one => this.kept(one, () => this.struct(one, true))),
      ],
      constants: document.const.flatMap(one => this.kept(one, () => this.constant(one))),
      aliases: document.typedef.flatMap(one => this.kept(one, () => this.alias(one))),
      services: document.service.map(one => this.service(one)),
    }
  }

  private kept<T>({ name }: { readonly name: string }, read: () => T): T[] {
    return kept(this.leftOut, qualified(this.pack, name), read)
  }

  private enumeration(one: EnumXml): EnumModel {
    const members = one.member.map(each => {
      checkMemberName(each.name, () => this.file.text.place(one.name, each.name))
      return { name: each.name, number: Number(each.value), ...documented(each) }
    })
    return { name: qualified(this.pack, one.name), localName: one.name, ...documented(one), members }
  }

  private alias(one: TypedefXml): AliasModel {
    const type = this.typeOf(one, [one.name])
    return { name: qualified(this.pack, one.name), localName: one.name, ...documented(one), type }
  }

  private constant(one: ConstXml): ConstantModel {
    const type = this.typeOf(one, [one.name])
    const value = initialOf(one, type, this.types([one.name]))
    if (value !== undefined) return { name: one.name, doc: one.doc || undefined, type, value }
    throw this.refusal([one.name], `const ${one.name}`, 'its value does not fit its type')
  }

  private types(where: readonly string[]): ThriftTypes {
    return {
      typeOf: type => this.typeOf(type, where),
      enumOf: full => this.declared(full, ({ enums }) => enums),
      structOf: full => this.declared(full, ({ structs }) => structs),
    }
  }

  private declared<T>(full: string, of: (module: Declarations) => ReadonlyMap<string, T>): T | undefined {
    for (const module of this.modules.values()) {
      const found = of(module).get(module.localName(full) ?? '')
      if (found !== undefined) return found
    }
    return undefined
  }

  private struct(struct: StructXml, isError: boolean): MessageModel {
    const { name, field } = struct
    const text = isError ? field.find(one => one.name === 'message' && one.type === 'string') : undefined
    return {
      name: qualified(this.pack, name),
      localName: name,
      ...documented(struct),
      isError,
      ownText: text && { name: text.name, number: Number(text.number) },
      fields: field.filter(one => one !== text).map(one => this.field(one, name)),
    }
  }

  private union(union: StructXml): MessageModel {
    const { name, field } = union
    const cases = field.map(one => {
      const type = this.typeOf(one, [name, one.name])
      checkFieldName(fieldNameOf(one), () => this.file.text.place(name, one.name))
      return { name: fieldNameOf(one), number: Number(one.number), type, ...documented(one) }
    })
    // Only classes name it.
    const names = cases.map(one => one.name)
    const value: OneOfModel = { kind: 'oneof', name: nameBeside('value', names), cases }
    const fields = cases.length === 0 ? [] : [value]
    return { name: qualified(this.pack, name), localName: name, ...documented(union), isError: false, fields }
  }

  private field(field: FieldXml, owner: string, isArgument = false): FieldModel {
    const { required } = field
    const name = fieldNameOf(field)
    checkFieldName(name, () => this.file.text.place(owner, field.name))
    const type = this.typeOf(field, [owner, field.name])
    const initial = this.initial(field, type, owner)
    const isEmpty = type.kind !== 'named' && isEmptyContainer(initial)
    return {
      kind: 'field',
      name,
      jsonName: name,
      number: Number(field.number),
      ...(isArgument ? documented(field) : deprecatable(field)),
      type,
      presence: required === 'required' ? 'required' : required === 'optional' ? 'optional' : 'implicit',
      // An absent list, set or map is empty anyway.
      initial: isEmpty && required !== 'optional' && !isArgument ? undefined : initial,
      isOptional: required === 'optional' && initial !== undefined ? true : undefined,
    }
  }

  private initial(field: FieldXml, type: TypeModel, owner: string): InitialModel | undefined {
    if (field.default === undefined) return undefined
    const names = [owner, field.name]
    const value = initialOf(field.default, type, this.types(names))
    if (value === undefined)
      throw this.refusal(names, `the default of ${field.name}`, 'its value does not fit its type')
    return value
  }

  private service(service: ServiceXml): ServiceModel {
    const { name, base, baseModule, method } = service
    const home = this.modules.get(baseModule)
    return {
      name: qualified(this.pack, name),
      localName: name,
      ...deprecatable(service),
      base: base === '' || home === undefined ? undefined : qualified(home.pack, base),
      methods: method.flatMap(one => this.kept({ name: `${name}/${one.name}` }, () => this.method(one, name))),
    }
  }

  private method(method: MethodXml, service: string): MethodModel {
    const { name, oneway, returns, arg, throws } = method
    const where = [service, name]
    const ids = throws.map(({ number }) => Number(number))
    const isVoid = returns === undefined || returns.type === 'void'
    return {
      name,
      ...deprecatable(method),
      input: this.input(arg, where),
      output: isVoid ? undefined : this.typeOf(returns, where),
      outputStreams: false,
      idempotency: 'unknown',
      oneway: oneway === 'true',
      throws: throws.map(error => this.messageName(error, [...where, error.name])),
      throwIds: ids.some((id, at) => id !== at + 1) ? ids : undefined,
    }
  }

  private input(args: readonly FieldXml[], where: readonly string[]): MethodModel['input'] {
    const [first, ...others] = args
    if (first !== undefined && others.length === 0 && first.name === 'request' && first.number === '1') {
      const type = this.typeOf(first, where)
      if (type.kind === 'named' && this.types(where).enumOf(type.name) === undefined)
        return { message: type.name, streams: false }
    }
    return { args: args.map(one => this.field(one, where.join(' '), true)) }
  }

  private messageName(type: TypeXml, where: readonly string[]): string {
    const model = this.typeOf(type, where)
    return model.kind === 'named' ? model.name : ''
  }

  private typeOf(type: TypeXml, where: readonly string[]): TypeModel {
    const scalar = scalars[type.type]
    if (scalar !== undefined) return { kind: 'scalar', name: scalar }
    const part = (inner: TypeXml | undefined) => this.typeOf(inner ?? type, where)
    switch (type.type) {
      case 'list':
      case 'set':
        return { kind: type.type, element: part(type.elemType) }
      case 'map':
        return { kind: 'map', key: part(type.keyType), value: part(type.valueType) }
      case 'id': {
        const home = this.modules.get(type.module)
        const alias = home?.typedefs.get(type.id)
        if (home !== undefined && alias !== undefined)
          return { ...this.typeOf(alias, where), alias: qualified(home.pack, alias.name) }
        // The compiler lets a name pass that nothing declares.
        if (home?.structs.has(type.id) || home?.enums.has(type.id))
          return { kind: 'named', name: qualified(home.pack, type.id) }
        throw this.refusal(where, `type ${type.id}`, 'it is not declared')
      }
    }
    throw this.refusal(where, `type ${type.type}`, 'classes have none')
  }

  private refusal(names: readonly string[], construct: string, why: string): Refusal {
    return new Refusal(this.file.text.place(...names), construct, why)
  }
}

function documented({ doc, annotation }: Described): Documented {
  const entries = annotation.flatMap(({ key, value }) => (key === nameAnnotation ? [] : [[key, value] as const]))
  return { doc: doc || undefined, properties: entries.length === 0 ? undefined : Object.fromEntries(entries) }
}

/** The same for what has an option `deprecated`. */
function deprecatable(described: Described): Documented {
  const { doc, properties } = documented(described)
  return { doc, ...deprecationIn(properties, bareAnnotation) }
}

interface Described {
  readonly doc: string
  readonly annotation: readonly AnnotationXml[]
}

function isEmptyContainer(value: InitialModel | undefined): boolean {
  return (Array.isArray(value) && value.length === 0) || (value instanceof Map && value.size === 0)
}
