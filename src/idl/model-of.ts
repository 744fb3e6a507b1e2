import { isDeepStrictEqual } from 'node:util'
import { type Code, codeName } from '../core/code.js'
import { contractCode } from '../core/rpc-error.js'
import { wrapperNames } from '../protocols/standard-services/descriptor-names.js'
import { pascal } from '../protocols/standard-services/descriptor-parts.js'
import { routeOf } from '../schema/http-rule.js'
import type { FieldSchema, MessageSchema } from '../schema/message.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import type { EnumType, OneOfType, ValueType } from '../schema/type.js'
import { aliasOf } from '../schema/typedef.js'
import { aliasesIn } from './aliases.js'
import { Homes, namedTypes } from './declared.js'
import type { Contract } from './format.js'
import { chosenOf, initialOf, literalOf } from './initial-of.js'
import { nearestBase } from './lineage.js'
import { routeOptions } from './lock/format.js'
import type {
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
import { Refusal } from './refusal.js'
import { resumableOf } from './resumable-model.js'

/**
 * The model of classes: what a reader would make of an interface definition that says the same.
 * @throws Refusal for a oneOf without a name, as a reply or within another type
 */
export function modelOf(contract: Contract): SourceModel {
  return new Modeller(contract).model()
}

class Modeller {
  private readonly types: ReturnType<typeof namedTypes>
  private readonly homes: Homes
  private readonly enums = new Map<string, EnumModel>()
  /** Those that polywire makes of a stream's values, which only a class can leave unnamed. */
  private readonly generated: MessageModel[] = []

  /** @param wrappers other names of messages that polywire makes of arguments and replies */
  constructor(
    private readonly contract: Contract,
    private readonly wrappers = wrapperNames(contract.services, [...contract.messages, ...(contract.enums ?? [])]),
  ) {
    this.types = namedTypes(contract)
    this.homes = new Homes(this.types, contract)
  }

  model(): SourceModel {
    const { contract, types } = this
    for (const type of types) if (!('fields' in type)) this.enumeration(type, type.name as string)
    const messages = types.flatMap(type => ('fields' in type && !ownClasses.has(type.name) ? [this.message(type)] : []))
    const aliases = aliasesIn(contract, types).map(({ name, type, doc, properties }) => ({
      name,
      localName: this.local(name),
      type: this.structure(type, name),
      doc,
      properties,
    }))
    const constants = (contract.constants ?? []).flatMap(({ package: pack, list }) =>
      list.map(({ name, type, value, doc }) => {
        const full = pack === '' ? name : `${pack}.${name}`
        return { name, pack, type: this.type(type, full), value: literalOf(value, type, full), doc }
      }),
    )
    const services = contract.services.map(one => this.service(one))
    return {
      source: '',
      path: 'contract',
      doc: undefined,
      constants,
      aliases,
      services,
      messages: [...messages, ...this.generated],
      enums: [...this.enums.values()],
    }
  }

  /** Without the package: `Order.Item` of a message within a message. */
  private local(name: string): string {
    const pack = this.homes.packageOf(name)
    return pack === '' ? name : name.slice(pack.length + 1)
  }

  /** With a `_` behind it where a type of the contract has the name. */
  private freeName(name: string): string {
    return this.types.some(one => one.name === name) ? this.freeName(`${name}_`) : name
  }

  private nameOf(message: MessageSchema): string {
    return this.wrappers.get(message) ?? message.name
  }

  private enumeration({ values, unknown, docs, properties }: EnumType, name: string): void {
    if (this.enums.has(name)) return
    const members = values.map(one => ({
      name: one.name,
      number: one.number,
      doc: docs.members.get(one.name),
      properties: one.properties,
    }))
    const local = this.local(name)
    this.enums.set(name, {
      name,
      localName: local,
      members,
      doc: docs.own,
      properties,
      unknown: unknown === null ? null : unknown?.name,
    })
  }

  private message(message: MessageSchema): MessageModel {
    const { name, isError, reserved, doc, properties } = message
    const text = isError ? message.fields.find(({ key }) => key === 'message') : undefined
    const code = (message.class as { readonly [contractCode]?: Code } | undefined)?.[contractCode]
    return {
      name,
      localName: this.local(name),
      isError,
      ownText: text && { name: text.name, number: text.number },
      code: code === undefined ? undefined : codeName(code),
      reserved,
      doc,
      properties,
      fields: message.fields.flatMap(field => (field === text ? [] : [this.field(field, name)])),
    }
  }

  private field(field: FieldSchema, owner: string): FieldModel | OneOfModel {
    const { name, type, doc, sensitive, properties } = field
    const where = `${owner}.${name}`
    if (type.kind === 'oneof')
      return { kind: 'oneof', name, initial: chosenOf(field, where), cases: this.cases(type, owner), doc, sensitive }
    const initial = initialOf(field, where)
    return {
      kind: 'field',
      name,
      jsonName: field.jsonName,
      number: field.number,
      type: this.type(type, where),
      presence: field.presence === 'required' ? 'required' : field.isOptional ? 'optional' : 'implicit',
      initial,
      isOptional: field.isOptional && initial !== undefined ? true : undefined,
      nullAt: field.nullAt,
      noDefault: field.noDefault,
      aliases: field.aliases,
      deprecated: field.deprecated,
      doc,
      sensitive,
      properties,
    }
  }

  private cases({ cases }: OneOfType, owner: string): OneOfModel['cases'] {
    return cases.map(({ name, jsonName, number, type, doc, properties }) => {
      return { name, jsonName, number, type: this.type(type, `${owner}.${name}`), doc, properties }
    })
  }

  private service(service: ServiceSchema): ServiceModel {
    const { name, doc, deprecated, properties, methods } = service
    // Another modeller, because what is only compared declares nothing.
    const draft = new Modeller(this.contract, new Map())
    const byKey = new Map(methods.map(one => [one.key, one]))
    const base = nearestBase(service, this.contract.services, one =>
      one.methods.every(each => draft.inherits(byKey.get(each.key), each)),
    )
    const inherited = new Set(base?.methods.map(({ key }) => key))
    const own = methods.filter(({ key }) => !inherited.has(key))
    return {
      name,
      localName: this.local(name),
      base: base?.name,
      doc,
      deprecated,
      properties,
      methods: own.map(one => this.method(one)),
    }
  }

  /** Whether a method is that of a base, apart from the names that polywire derives from those of their services. */
  private inherits(method: MethodSchema | undefined, base: MethodSchema): boolean {
    if (method === undefined) return false
    const { path, input, output } = base
    const own = {
      input: method.parameters === 'message' ? method.input : { ...method.input, name: input.name },
      output: method.result === 'value' ? { ...method.output, name: output.name } : method.output,
    }
    const said = (one: MethodSchema) => [
      this.method(one),
      one.parameters === 'value' ? one.input.fields.map(field => this.field(field, input.name)) : [],
    ]
    return isDeepStrictEqual(said({ ...method, path, ...own }), said(base))
  }

  private method(method: MethodSchema): MethodModel {
    const { name, idempotency, oneway, throws, throwIds, doc, deprecated, properties } = method
    return {
      name,
      input: this.input(method),
      ...this.output(method),
      outputStreams: method.kind === 'server_streaming' || method.kind === 'bidi_streaming',
      idempotency,
      oneway,
      throws: throws.map(one => one.name),
      throwIds,
      routes: method.routes.map(rule => ({
        route: routeOf(rule),
        ...Object.fromEntries(routeOptions.map(option => [option, rule[option]])),
      })),
      ...resumableOf(method),
      doc,
      deprecated,
      properties,
    }
  }

  private input({ parameters, input, kind, path }: MethodSchema): MethodModel['input'] {
    if (parameters === 'positional')
      return {
        args: input.fields.map(one => {
          const field = this.field(one, this.nameOf(input))
          if (field.kind === 'oneof') throw unnamed(path, `argument ${one.name}`)
          // One that is not `optional(...)` may be absent too, if its parameter has a default.
          return one.alwaysPresent || field.initial !== undefined ? field : { ...field, presence: 'optional' as const }
        }),
      }
    const name = this.nameOf(input)
    if (parameters === 'value' && !this.generated.some(one => one.name === name))
      this.generated.push(this.message({ ...input, name }))
    return { message: name, streams: kind === 'client_streaming' || kind === 'bidi_streaming' }
  }

  private output({ result, output, path }: MethodSchema) {
    if (result === 'nothing')
      return { output: ownClasses.has(output.name) ? ({ kind: 'named', name: output.name } as const) : undefined }
    if (result === 'message') return { output: { kind: 'named', name: output.name } as const }
    const { type, name, alwaysPresent, nullAt } = output.fields[0] as FieldSchema
    if (type.kind === 'oneof') throw unnamed(path, 'the reply')
    const where = `${this.nameOf(output)}.${name}`
    return { output: this.type(type, where), outputIsOptional: !alwaysPresent || undefined, outputNullAt: nullAt }
  }

  /** @param where the full name of its place, of which an enum without a name is called */
  private type(type: ValueType, where: string): TypeModel {
    const alias = aliasOf(type)?.name
    const made = this.structure(type, where)
    return alias === undefined ? made : { ...made, alias }
  }

  private structure(type: ValueType, where: string): TypeModel {
    switch (type.kind) {
      case 'scalar':
        return { kind: 'scalar', name: type.name, wrapped: type.wrapped, refined: type.refined }
      case 'message':
        return { kind: 'named', name: type.message.name, delimited: type.delimited }
      case 'enum': {
        const name = type.name ?? this.freeName(placeName(where))
        this.enumeration(type, name)
        return { kind: 'named', name }
      }
      case 'list':
      case 'set':
        return { kind: type.kind, element: this.type(type.element, where) }
      case 'map':
        return { kind: 'map', key: this.type(type.key, where), value: this.type(type.value, where) }
      case 'union': {
        const branches = type.branches.map(branch => this.type(branch, where))
        return { kind: 'union', branches, isNullable: type.isNullable, nullAt: type.nullAt }
      }
      case 'oneof':
        throw unnamed(where, 'a oneOf within another type')
    }
  }
}

/** As descriptors call it: `hello.Order.State` of the field `state`. */
function placeName(where: string): string {
  const dot = where.lastIndexOf('.')
  return `${where.slice(0, dot).replace('/', '.')}.${pascal(where.slice(dot + 1))}`
}

function unnamed(where: string, what: string): Refusal {
  return new Refusal(where.replace(/^\//, ''), what, 'a oneOf has no name here; put it into a @Message')
}
