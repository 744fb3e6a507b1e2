import { RpcError, unimplemented } from '../core/rpc-error.js'
import { Doc } from '../decorators/doc.js'
import { empty } from '../decorators/empty.js'
import { Http } from '../decorators/http.js'
import { Field, Message } from '../decorators/message.js'
import { Idempotent, Method, Safe, Service, Throws } from '../decorators/service.js'
import { Resumable } from '../policies/resumable/resumable.js'
import * as algebra from '../schema/algebra.js'
import { defaulted } from '../schema/defaulted.js'
import { delimited } from '../schema/delimited.js'
import { isClass } from '../schema/resolve.js'
import type { Class, TypeLike } from '../schema/type.js'
import { type Alias, type Constants, constantsOf, typedef } from '../schema/typedef.js'
import { nullable, unionOf } from '../schema/union.js'
import { InitialValues } from './initial-values.js'
import type {
  AliasModel,
  ConstantModel,
  EnumModel,
  FieldModel,
  MessageModel,
  MethodModel,
  OneOfModel,
  ServiceModel,
  SourceModel,
  TypeModel,
} from './model.js'
import { ownClasses } from './own-classes.js'
import { isEmpty, keysOf, methodKeys } from './typescript/names.js'

/** Classes made at run time, by full name. */
export interface Classes {
  readonly services: ReadonlyMap<string, Class<object>>
  readonly messages: ReadonlyMap<string, Class>
  /** Enums, typedefs and constants, by names of exports. */
  readonly others: Readonly<Record<string, TypeLike | Constants | { readonly alias: Alias }>>
}

/** The classes that `polywire import` would write, without their source: for a call to a server whose contract nobody has as code. */
export function classesOf(files: readonly SourceModel[]): Classes {
  const builder = new Builder(files)
  const messages = new Map([...builder.messages].filter(([name]) => !ownClasses.has(name)))
  return { services: builder.services(), messages, others: builder.others() }
}

/** Decorators as compiled code calls them. Their types are those of one class, which does not exist here. */
type Decorate = (target: object, key: string) => void
type AnyDecorator = (...how: unknown[]) => Decorate
const decorators = { Field, Http, Method, Throws, Message, Service } as unknown as Readonly<
  Record<'Field' | 'Http' | 'Method' | 'Throws', AnyDecorator> &
    Record<'Message' | 'Service', (...how: unknown[]) => (type: Class) => void>
>

class Builder {
  readonly messages = new Map<string, Class>(ownClasses)
  private readonly enums = new Map<string, TypeLike>()
  readonly enumModels = new Map<string, EnumModel>()
  readonly models = new Map<string, MessageModel>()
  private readonly aliases = new Map<string, AliasModel>()
  private readonly typedefs = new Map<string, ReturnType<typeof typedef>>()
  private readonly values = new InitialValues(this)
  /** Of the services that are made, those they inherit too. */
  private readonly methodKeys = new Map<string, ReadonlyMap<string, string>>()

  constructor(private readonly files: readonly SourceModel[]) {
    for (const { enums, messages, aliases = [] } of files) {
      for (const one of aliases) this.aliases.set(one.name, one)
      for (const one of enums) {
        this.enums.set(one.name, enumType(one))
        this.enumModels.set(one.name, one)
      }
      for (const one of messages) {
        this.models.set(one.name, one)
        this.messages.set(one.name, this.emptyClass(one))
      }
    }
    for (const { messages } of files) for (const one of messages) this.fill(one)
  }

  services(): Map<string, Class<object>> {
    const made = new Map<string, Class<object>>()
    for (const { services } of this.files) for (const one of services) this.service(one, made)
    return made
  }

  others(): Classes['others'] {
    const enums = Array.from(this.enums, ([name, type]) => [`enum ${name}`, type] as const)
    const aliases = [...this.aliases.keys()].map(name => [`typedef ${name}`, this.typedef(name)] as const)
    const constants = this.files.flatMap(file => {
      const packs = new Set(file.constants.map(one => one.pack ?? file.pack ?? ''))
      return Array.from(packs, pack => [`constants ${file.path} ${pack}`, this.constantsOf(file, pack)] as const)
    })
    return Object.fromEntries([...enums, ...aliases, ...constants])
  }

  private constantsOf(file: SourceModel, pack: string): Constants {
    const own = file.constants.filter(one => (one.pack ?? file.pack ?? '') === pack)
    return constantsOf(pack, Object.fromEntries(own.map(one => [one.name, this.constant(one)])))
  }

  private constant({ type, value, doc }: ConstantModel): readonly [TypeLike, unknown, { readonly doc?: string }] {
    return [this.type(type), this.values.of(value, type), doc === undefined ? {} : { doc }]
  }

  private typedef(name: string): ReturnType<typeof typedef> {
    let made = this.typedefs.get(name)
    if (made === undefined) {
      const { type, doc, properties } = this.aliases.get(name) as AliasModel
      const of = this.type(type)
      // A thunk is for a class, which exists by now.
      const own = typeof of === 'function' && !isClass(of) ? (of as () => Class)() : (of as Class)
      made = typedef(name, own, { ...(doc && { doc }), ...(properties && { properties }) })
      this.typedefs.set(name, made)
    }
    return made
  }

  private emptyClass(model: MessageModel): Class {
    const initial: (readonly [key: string, make: () => unknown])[] = []
    for (const [field, key] of keysOf(model)) {
      const make = this.initial(field)
      if (make !== undefined) initial.push([key, make])
      // Its own property hides the one that every object inherits, which would count as an initial value.
      else if (key in Object.prototype) initial.push([key, () => undefined])
    }
    const assign = (message: object) => {
      for (const [key, make] of initial) (message as Record<string, unknown>)[key] = make()
    }
    if (!model.isError)
      return class {
        constructor() {
          assign(this)
        }
      }
    return class extends RpcError {
      constructor() {
        super()
        assign(this)
      }
    }
  }

  /** Makes the default of a field; undefined if it has none. */
  private initial(field: FieldModel | OneOfModel): (() => unknown) | undefined {
    if (field.kind === 'oneof') {
      const { initial } = field
      return initial && (() => this.values.chosen(field, initial))
    }
    const { initial, type } = field
    return initial === undefined ? undefined : () => this.values.of(initial, type)
  }

  private fill(model: MessageModel): void {
    const { name, ownText, code, reserved = [], properties, doc } = model
    const type = this.messages.get(name) as Class
    for (const [field, key] of keysOf(model)) {
      this.field(field)(type.prototype as object, key)
      if (field.doc !== undefined) Doc(field.doc)(type.prototype as object, key)
    }
    const message = ownText?.number === undefined ? ownText && true : ownText
    decorators.Message(name, { reserved, message, code, properties })(type)
    if (doc !== undefined) Doc(doc)(type)
  }

  private field(field: FieldModel | OneOfModel): Decorate {
    if (field.kind === 'oneof') {
      const cases = field.cases.map(({ name, jsonName = name, number, type, doc, properties }) => [
        name,
        [...(number === undefined ? [] : [number]), this.type(type), { jsonName, doc, properties }],
      ])
      const { name, sensitive } = field
      const type = algebra.oneOf(Object.fromEntries(cases) as Record<string, TypeLike>)
      return decorators.Field(type, { name, sensitive })
    }
    const { name, jsonName, number, presence, aliases = [], deprecated, sensitive, properties } = field
    const type = this.type(field.type)
    const isOptional = presence === 'optional' && (field.initial === undefined || field.isOptional)
    const options = { name, jsonName, aliases, required: presence === 'required', deprecated, sensitive, properties }
    const parts = [isOptional ? algebra.optional(type, nullOptions(field)) : type, options]
    return decorators.Field(...(number === undefined ? parts : [number, ...parts]))
  }

  private type(type: TypeModel): TypeLike {
    // One that was left out has no name.
    return type.alias !== undefined && this.aliases.has(type.alias) ? this.typedef(type.alias) : this.structure(type)
  }

  private structure(type: TypeModel): TypeLike {
    switch (type.kind) {
      case 'scalar':
        return {
          kind: 'scalar',
          name: type.name,
          ...(type.wrapped && { wrapped: true }),
          ...(type.refined && { refined: type.refined }),
        } as TypeLike
      case 'named':
        return this.enums.get(type.name) ?? this.named(type)
      case 'list':
        return algebra.listOf(this.type(type.element))
      case 'set':
        return algebra.setOf(this.type(type.element))
      case 'union': {
        const branches = type.branches.map(branch => this.type(branch))
        const union = branches.length === 1 ? branches[0] : unionOf(...(branches as [TypeLike, TypeLike]))
        return type.isNullable ? nullable(union as TypeLike, nullOptions(type)) : (union as TypeLike)
      }
      case 'map':
        return algebra.mapOf(this.type(type.key), this.type(type.value))
    }
  }

  private named({ name, delimited: isGroup }: TypeModel & { readonly kind: 'named' }): TypeLike {
    const message = () => this.messages.get(name) as Class
    return isGroup ? delimited(message) : message
  }

  private service(model: ServiceModel, made: Map<string, Class<object>>): Class<object> {
    const known = made.get(model.name)
    if (known !== undefined) return known
    const baseModel = this.files.flatMap(({ services }) => services).find(({ name }) => name === model.base)
    const Base = (baseModel === undefined ? Object : this.service(baseModel, made)) as new () => object
    const type = class extends Base {}
    const inherited = baseModel && this.methodKeys.get(baseModel.name)
    const keys = new Map([...(inherited ?? []), ...methodKeys(model.methods, inherited)])
    this.methodKeys.set(model.name, keys)
    for (const method of model.methods) this.method(type, method, keys.get(method.name) as string)
    decorators.Service(model.name, { deprecated: model.deprecated, properties: model.properties })(type)
    if (model.doc !== undefined) Doc(model.doc)(type)
    made.set(model.name, type)
    return type
  }

  private method(type: Class<object>, { name, input, output, ...rest }: MethodModel, key: string): void {
    const target = type.prototype as object
    Object.defineProperty(target, key, { value: () => unimplemented(), writable: true, configurable: true })
    const decorate = (decorator: unknown) => (decorator as Decorate)(target, key)
    const reply =
      output === undefined ? algebra.nothing : isEmpty(output) && !rest.outputStreams ? empty : this.type(output)
    const returns = rest.outputStreams
      ? algebra.streamOf(reply)
      : rest.outputIsOptional
        ? algebra.optional(reply, nullOptions({ nullAt: rest.outputNullAt }))
        : reply
    const { oneway, deprecated, properties } = rest
    const shape = { returns, name, oneway, deprecated, properties }
    if ('args' in input) {
      const args = input.args.map((argument): [string, unknown] => {
        const { presence, aliases, doc, properties, isOptional } = argument
        const initial = this.initial(argument)
        const plain = this.type(argument.type)
        const of = isOptional ? algebra.optional(plain, nullOptions(argument)) : plain
        const wire =
          initial !== undefined
            ? defaulted<unknown>(of, initial)
            : presence === 'optional'
              ? algebra.optional(of, nullOptions(argument))
              : of
        return [argument.name, [argument.number, wire, { aliases, doc, properties }]]
      })
      decorate(decorators.Method(args.length === 0 ? shape : { ...shape, args: Object.fromEntries(args) }))
    } else {
      const request = this.messages.get(input.message) as Class
      decorate(decorators.Method({ ...shape, accepts: input.streams ? algebra.streamOf(request) : request }))
    }
    if (rest.doc !== undefined) Doc(rest.doc)(target, key)
    for (const { route, ...options } of (rest.routes ?? []).toReversed()) decorate(decorators.Http(route, options))
    if (rest.idempotency === 'safe') decorate(Safe())
    if (rest.idempotency === 'idempotent') decorate(Idempotent())
    // Its key is for the server alone.
    if (rest.resumable) decorate(Resumable({ key: () => undefined }))
    const errors = rest.throws.map(error => this.messages.get(error))
    if (rest.throwIds !== undefined)
      decorate(decorators.Throws(Object.fromEntries(rest.throwIds.map((id, at) => [id, errors[at]]))))
    else if (errors.length > 0) decorate(decorators.Throws(...errors))
  }
}

function nullOptions({ nullAt, noDefault }: Pick<FieldModel, 'nullAt' | 'noDefault'>): algebra.NullOptions {
  return { ...(nullAt !== undefined && { nullAt }), ...(noDefault && { noDefault }) }
}

function enumType({ name, members, unknown, properties, doc }: EnumModel): TypeLike {
  const values = Object.fromEntries(members.map(one => [one.name, one.number]))
  const member = unknown === null ? null : members.find(one => one.name === unknown)?.number
  const memberDocs = Object.fromEntries(members.flatMap(one => (one.doc === undefined ? [] : [[one.name, one.doc]])))
  const options = {
    ...(member !== undefined && { unknown: member }),
    ...(properties && { properties }),
    ...(doc !== undefined && { doc }),
    memberDocs,
    memberProperties: Object.fromEntries(members.flatMap(one => (one.properties ? [[one.name, one.properties]] : []))),
  }
  return algebra.enumOf(values, name, options)
}
