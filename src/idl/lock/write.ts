import { defaultJson } from '../../codecs/avro/presence.js'
import { aliasesOf } from '../../codecs/avro/schema.js'
import { resumptionOf } from '../../core/policy.js'
import { lastName, packageOf } from '../../protocols/standard-services/descriptor-names.js'
import { pascal } from '../../protocols/standard-services/descriptor-parts.js'
import { type HttpRule, routeOf } from '../../schema/http-rule.js'
import { type FieldSchema, type MessageSchema, zeroOf } from '../../schema/message.js'
import { refinementText } from '../../schema/refinement.js'
import { type Reserved, reservedRange } from '../../schema/reserved.js'
import type { MethodSchema } from '../../schema/service.js'
import type { EnumType, OneOfCase, ValueType } from '../../schema/type.js'
import { namedTypes } from '../declared.js'
import type { Contract } from '../format.js'
import type { EnumModel, SourceModel } from '../model.js'
import { ownClasses } from '../own-classes.js'
import { Refusal } from '../refusal.js'
import { type Lock, routeOptions } from './format.js'

/** The lines of a contract. Services, methods, messages and enums are sorted by name, fields by number, so that two branches merge. */
export function lockOf(contract: Contract): Lock {
  return new LockWriter().write(contract)
}

/** The lines of the enums of an interface definition. */
export function enumLines(files: readonly SourceModel[]): Lock['enums'] {
  const writer = new LockWriter()
  for (const { enums } of files) for (const { name, members, ...rest } of enums) writer.enumeration(members, name, rest)
  return writer.write({ services: [], messages: [] }).enums
}

class LockWriter {
  private readonly services = new Map<string, string[]>()
  private readonly messages = new Map<string, string[]>()
  private readonly enums = new Map<string, string[]>()

  write(contract: Contract): Lock {
    for (const type of namedTypes(contract)) {
      if ('fields' in type) this.message(type)
      else
        this.enumeration(type.values, type.name as string, {
          unknown: type.unknown === null ? null : type.unknown?.name,
          properties: type.properties,
        })
    }
    for (const { name, methods, deprecated } of contract.services) {
      const lines = methods.map(method => this.method(method)).sort()
      this.services.set(name, deprecated ? ['deprecated', ...lines] : lines)
    }
    return { services: sorted(this.services), messages: sorted(this.messages), enums: sorted(this.enums) }
  }

  private message(message: MessageSchema): void {
    if (ownClasses.has(message.name)) return
    const lines = [...message.fields].sort(byNumber).flatMap(field => {
      // The text of an error stands in a field that its class does not declare.
      const text = message.isError && field.key === 'message' ? ' text' : ''
      return this.field(field, message.name).map(line => `${line}${text}`)
    })
    if (message.isError) lines.unshift('error')
    this.messages.set(message.name, [...lines, ...reservedLines(message.reserved), ...onceLines(message)])
  }

  enumeration(
    values: readonly { readonly name: string; readonly number: number }[],
    name: string,
    { reserved, unknown, properties }: Pick<EnumModel, 'reserved' | 'unknown' | 'properties'> = {},
  ): void {
    const lines = values.map(one => `${one.number} ${wordOf(one.name)}`)
    if (unknown !== undefined) lines.push(unknown === null ? 'unknown' : `unknown ${wordOf(unknown)}`)
    this.enums.set(name, [...lines, ...reservedLines(reserved), ...onceLines({ properties })])
  }

  /** A line, or one for each case of a oneOf. */
  private field(field: FieldSchema, owner: string): string[] {
    const { type } = field
    if (type.kind !== 'oneof') return [this.fieldLine(field, owner)]
    return type.cases.map(one => `${this.head(one, owner)} in ${wordOf(field.name)}`)
  }

  private head({ number, name, jsonName, type }: OneOfCase | FieldSchema, owner: string): string {
    const json = jsonName === name ? '' : ` json ${wordOf(jsonName)}`
    return `${number ?? '-'} ${wordOf(name)} ${this.type(type, owner, name)}${json}`
  }

  private fieldLine(field: FieldSchema, owner: string): string {
    const { presence, aliases } = field
    const initial = initialText(field)
    const isOptional = presence === 'explicit' && (initial === undefined ? hasZero(field.type) : field.isOptional)
    return [
      this.head(field, owner),
      ...(presence === 'required' ? ['required'] : []),
      ...(isOptional ? ['optional'] : []),
      ...(field.noDefault ? ['nodefault'] : []),
      ...(initial === undefined ? [] : ['=', initial]),
      ...(aliases.length === 0 ? [] : ['once', aliases.map(wordOf).join(',')]),
    ].join(' ')
  }

  private method(method: MethodSchema): string {
    const { name, path, idempotency, oneway, throws, throwIds, routes } = method
    const thrown = throws.map((error, at) => `${throwIds === undefined ? '' : `${throwIds[at]} `}${nameOf(error.name)}`)
    const rest = [
      ...(idempotency === 'unknown' ? [] : [idempotency]),
      ...(oneway ? ['oneway'] : []),
      ...(method.deprecated ? ['deprecated'] : []),
      ...routes.map(routeText),
      ...(resumptionOf(method) === undefined ? [] : ['resumable']),
      ...(throws.length === 0 ? [] : [`throws ${thrown.join(' ')}`]),
    ]
    return [`${wordOf(name)} (${this.input(method, path)}) -> ${this.output(method, path)}`, ...rest].join(', ')
  }

  private input({ parameters, input, kind }: MethodSchema, path: string): string {
    const streams = kind === 'client_streaming' || kind === 'bidi_streaming' ? 'stream ' : ''
    if (parameters === 'positional') return input.fields.map(field => this.argument(field, input.name, path)).join(', ')
    // A stream of values has a message of its own, which only a class can leave unnamed.
    if (parameters === 'value') this.message(input)
    return `${streams}${nameOf(input.name)}`
  }

  private argument(field: FieldSchema, owner: string, path: string): string {
    if (field.type.kind === 'oneof') throw unnamed(path, `argument ${field.name}`)
    return this.fieldLine(field, owner)
  }

  private output({ result, output, kind }: MethodSchema, path: string): string {
    const streams = kind === 'server_streaming' || kind === 'bidi_streaming' ? 'stream ' : ''
    if (result === 'nothing') return ownClasses.has(output.name) ? output.name : 'nothing'
    if (result === 'message') return `${streams}${nameOf(output.name)}`
    const { type, presence } = output.fields[0] as FieldSchema
    if (type.kind === 'oneof') throw unnamed(path, 'the reply')
    return `${streams}${this.type(type, path.slice(1), 'reply')}${presence === 'explicit' ? ' optional' : ''}`
  }

  private type(type: ValueType, owner: string, field: string): string {
    switch (type.kind) {
      case 'scalar':
        if (type.refined !== undefined) return refinementText(type.refined, undefined, onceText)
        return type.wrapped ? `wrapped ${type.name}` : type.name
      case 'message':
        return `${type.delimited ? 'delimited ' : ''}${nameOf(type.message.name)}`
      case 'enum':
        return nameOf(this.enumName(type, owner, field))
      case 'list':
      case 'set':
        return `${type.kind} ${this.type(type.element, owner, field)}`
      case 'map':
        return `map ${this.type(type.key, owner, field)} ${this.type(type.value, owner, field)}`
      case 'union': {
        const branches = type.branches.map(branch => this.type(branch, owner, field))
        return `union(${[...branches, ...(type.isNullable ? ['null'] : [])].join(', ')})`
      }
      case 'oneof':
        throw unnamed(`${owner}.${field}`, 'a oneOf within another type')
    }
  }

  /** An enum without a name gets that of its place, as in descriptors. */
  private enumName(type: EnumType, owner: string, field: string): string {
    if (type.name !== undefined) return type.name
    const name = `${owner.replace('/', '.')}.${pascal(field)}`
    this.enumeration(type.values, name)
    return name
  }
}

/** `http "POST /v1/users" body "*"` */
function routeText(rule: HttpRule): string {
  const options = routeOptions.flatMap(name =>
    rule[name] === undefined ? [] : [`${name} ${JSON.stringify(rule[name])}`],
  )
  return ['http', JSON.stringify(routeOf(rule)), ...options].join(' ')
}

function unnamed(where: string, what: string): Refusal {
  return new Refusal(where.replace(/^\//, ''), what, 'a oneOf has no name to compare it by; put it into a @Message')
}

function byNumber(one: FieldSchema, other: FieldSchema): number {
  return firstNumber(one) - firstNumber(other)
}

function firstNumber({ number, type }: FieldSchema): number {
  return number ?? (type.kind === 'oneof' ? (type.cases[0]?.number ?? 0) : 0)
}

function hasZero(type: ValueType): boolean {
  return zeroOf(type)() !== undefined
}

/** `reserved 7 9-11 "coupon"` */
function reservedLines(reserved: Reserved = []): string[] {
  const words = reserved.map(one => (reservedRange(one) === undefined ? JSON.stringify(one) : String(one)))
  return words.length === 0 ? [] : [`reserved ${words.join(' ')}`]
}

/** `once OrderV1`: the names that a type had before. */
function onceLines(type: Parameters<typeof aliasesOf>[0]): string[] {
  const text = onceText(type)
  return text === undefined ? [] : [text]
}

function onceText(type: Parameters<typeof aliasesOf>[0]): string | undefined {
  const aliases = aliasesOf(type)
  return aliases.length === 0 ? undefined : `once ${aliases.map(wordOf).join(',')}`
}

/** As lines have it, a list or a message as Avro has it in JSON; undefined if the field has none, or one that Avro cannot express. */
function initialText(field: FieldSchema): string | undefined {
  if (field.presence === 'implicit') return undefined
  const value = field.makeDefault()
  if (field.type.kind === 'enum') {
    const member = field.type.values.find(one => one.value === value)
    return member === undefined ? undefined : wordOf(member.name)
  }
  if (field.type.kind !== 'scalar') {
    const json = defaultJson(field)
    return json === undefined ? undefined : JSON.stringify(json)
  }
  // A required one begins with some value of its form, which is not its default.
  if (field.presence === 'required' && field.type.refined !== undefined) return undefined
  switch (typeof value) {
    case 'string':
      return field.presence === 'required' && value === '' ? undefined : JSON.stringify(value)
    case 'number':
    case 'bigint':
      return field.presence === 'required' && Number(value) === 0 ? undefined : String(value)
    case 'boolean':
      return field.presence === 'required' && !value ? undefined : String(value)
    default:
      return value instanceof Uint8Array && value.length > 0
        ? Buffer.from(value).toString('base64').replace(/=+$/, '')
        : undefined
  }
}

/** A name without a package begins with a dot, so that no message is taken for a scalar. */
function nameOf(name: string): string {
  return packageOf(name) === '' ? `.${lastName(name)}` : name
}

/** A name as it is, or as JSON if it has other characters than names of most languages. */
function wordOf(name: string): string {
  return /^[A-Za-z_][\w-]*$/.test(name) ? name : JSON.stringify(name)
}

function sorted(lines: ReadonlyMap<string, readonly string[]>): Record<string, readonly string[]> {
  return Object.fromEntries([...lines].sort(([one], [other]) => (one < other ? -1 : 1)))
}
