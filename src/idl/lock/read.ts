import { lastName, packageOf } from '../../protocols/standard-services/descriptor-names.js'
import type { Reserved } from '../../schema/reserved.js'
import { type AvroTypes, defaultOf } from '../avro/defaults.js'
import type {
  EnumModel,
  FieldModel,
  InitialModel,
  MessageModel,
  MethodModel,
  OneOfModel,
  RouteModel,
  ServiceModel,
  SourceModel,
  TypeModel,
} from '../model.js'
import { ownClasses } from '../own-classes.js'
import { Refusal } from '../refusal.js'
import { checkFieldName, checkMemberName } from '../typescript/names.js'
import type { Lock } from './format.js'
import { initialOf, onceIn, reservedIn, routeIn } from './line-parts.js'
import { LockTypes } from './types-in-lines.js'
import { LineWords } from './words.js'

/**
 * The model of a lock.
 * @param source its path, for messages
 * @throws Refusal for a line that cannot be read
 */
export function readLock(lock: Lock, source = 'polywire.lock.json'): SourceModel {
  return new LockReader(lock, source).read()
}

/** A type in the words of a lock, such as `wrapped int32`. @throws Refusal for text that is no type */
export function readType(text: string, source: string): TypeModel {
  return new LockReader({ services: {}, messages: {}, enums: {} }, source, false).typeOf(text)
}

interface LockedField extends FieldModel {
  /** The oneOf that it is a case of. */
  readonly oneof: string | undefined
  /** Whether it holds the text of an error. */
  readonly isText: boolean
}

type Case = OneOfModel['cases'][number]

class LockReader implements AvroTypes {
  private readonly enums = new Map<string, EnumModel>()
  /** Read on demand: a default can be a message, whose own defaults it leaves out. */
  private readonly types: LockTypes
  private readonly messages = new Map<string, MessageModel>()

  constructor(
    private readonly lock: Lock,
    private readonly source: string,
    /** Whether it has every message and enum that its lines name. */
    isWhole = true,
  ) {
    const { messages, enums } = lock
    // Types of protobuf itself are in no lock.
    const isForeign = (name: string) => name.startsWith('google.protobuf.') || ownClasses.has(name)
    this.types = new LockTypes(
      name => !isWhole || Object.hasOwn(enums, name) || Object.hasOwn(messages, name) || isForeign(name),
    )
  }

  read(): SourceModel {
    const { services, messages, enums } = this.lock
    for (const [name, lines] of Object.entries(enums)) this.enums.set(name, this.enumeration(name, lines))
    return {
      source: this.source,
      path: 'polywire.lock',
      doc: undefined,
      constants: [],
      enums: [...this.enums.values()],
      messages: Object.keys(messages).flatMap(name => this.messageOf(name) ?? []),
      services: Object.entries(services).map(([name, lines]) => this.service(name, lines)),
    }
  }

  typeOf(text: string): TypeModel {
    return this.types.type(this.words('type', text))
  }

  symbolsOf(name: string): readonly string[] {
    return this.enums.get(name)?.members.map(one => one.name) ?? []
  }

  messageOf(name: string): MessageModel | undefined {
    if (!Object.hasOwn(this.lock.messages, name)) return undefined
    const lines = this.lock.messages[name] ?? []
    const message = this.messages.get(name) ?? this.message(name, lines)
    this.messages.set(name, message)
    return message
  }

  private words(owner: string, line: string): LineWords {
    const shown = line.length > 200 ? `${line.slice(0, 200)}...` : line
    const refusal = (why = 'the line cannot be read') => new Refusal(this.source, `${owner}: ${shown}`, why)
    return new LineWords(line, refusal)
  }

  private enumeration(name: string, lines: readonly string[]): EnumModel {
    const members: { name: string; number: number }[] = []
    let reserved: Reserved | undefined
    let unknown: string | null | undefined
    let properties: EnumModel['properties']
    for (const line of lines) {
      const words = this.words(name, line)
      if (words.takes('reserved')) reserved = reservedIn(words)
      else if (words.takes('unknown')) unknown = words.ended ? null : words.word()
      else if (words.takes('once')) {
        properties = { aliases: onceIn(words) }
        words.end()
      } else members.push({ number: words.number(), name: words.word() })
    }
    if (members.length === 0) throw new Refusal(this.source, `enum ${name}`, 'it has no members')
    for (const member of members) checkMemberName(member.name, () => `${this.source}: ${name}`)
    return { name, localName: localName(name), members, reserved, unknown, properties }
  }

  private message(name: string, lines: readonly string[]): MessageModel {
    const fields: (FieldModel | OneOfModel)[] = []
    const cases = new Map<string, Case[]>()
    let reserved: Reserved | undefined
    let properties: MessageModel['properties']
    let isError = false
    let ownText: MessageModel['ownText']
    for (const line of lines) {
      const words = this.words(name, line)
      if (line === 'error') isError = true
      else if (words.takes('reserved')) reserved = reservedIn(words)
      else if (words.takes('once')) {
        properties = { aliases: onceIn(words) }
        words.end()
      } else {
        const { oneof, isText, ...field } = this.field(words)
        words.end()
        if (isText) {
          ownText = { name: field.name, number: field.number }
          continue
        }
        if (oneof === undefined) {
          fields.push(field)
          continue
        }
        let list = cases.get(oneof)
        if (list === undefined) {
          list = []
          cases.set(oneof, list)
          fields.push({ kind: 'oneof', name: oneof, cases: list })
        }
        list.push({ name: field.name, jsonName: field.jsonName, number: field.number, type: field.type })
      }
    }
    return { name, localName: localName(name), isError, ownText, fields, reserved, properties }
  }

  private field(words: LineWords): LockedField {
    const number = words.takes('-') ? undefined : words.number()
    const name = this.fieldName(words)
    const type = this.types.type(words)
    let jsonName = name
    let oneof: string | undefined
    let isText = false
    let presence: FieldModel['presence'] = 'implicit'
    let initial: InitialModel | undefined
    let noDefault: true | undefined
    let aliases: string[] = []
    while (!words.ended) {
      if (words.takes('in')) oneof = this.fieldName(words)
      else if (words.takes('json')) jsonName = this.fieldName(words)
      else if (words.takes('text')) isText = true
      else if (words.takes('required')) presence = 'required'
      else if (words.takes('optional')) presence = 'optional'
      else if (words.takes('nodefault')) {
        noDefault = true
        presence = 'optional'
      } else if (words.takes('=')) initial = this.initial(words, type)
      else if (words.takes('once')) aliases = onceIn(words)
      else break
    }
    const isOptional = presence === 'optional' && initial !== undefined ? (true as const) : undefined
    const rest = { presence, initial, isOptional, noDefault, aliases, oneof, isText }
    return { kind: 'field', name, jsonName, number, type, ...rest }
  }

  private fieldName(words: LineWords): string {
    const name = words.word()
    checkFieldName(name, () => this.source)
    return name
  }

  private initial(words: LineWords, type: TypeModel): InitialModel {
    if (type.kind === 'scalar') return initialOf(words, type)
    if (type.kind === 'named' && this.enums.has(type.name)) {
      const member = words.word()
      if (this.symbolsOf(type.name).includes(member)) return member
      throw words.refusal(`${type.name} has no member ${member}`)
    }
    const value = defaultOf(words.json(), type, this)
    if (value === undefined) throw words.refusal()
    return value
  }

  private service(name: string, lines: readonly string[]): ServiceModel {
    const methods = lines.filter(line => line !== 'deprecated').map(line => this.method(this.words(name, line)))
    return { name, localName: localName(name), methods, ...(methods.length < lines.length && { deprecated: true }) }
  }

  private method(words: LineWords): MethodModel {
    const name = words.word()
    words.expect('(')
    const input = this.input(words)
    words.expect('->')
    const outputStreams = words.takes('stream')
    const output = words.takes('nothing') ? undefined : this.types.type(words)
    const outputIsOptional = words.takes('optional')
    let idempotency: MethodModel['idempotency'] = 'unknown'
    let oneway = false
    let deprecated = false
    const routes: RouteModel[] = []
    let resumable = false
    const throws: string[] = []
    const throwIds: number[] = []
    while (words.takes(',')) {
      if (words.takes('safe')) idempotency = 'safe'
      else if (words.takes('idempotent')) idempotency = 'idempotent'
      else if (words.takes('oneway')) oneway = true
      else if (words.takes('deprecated')) deprecated = true
      else if (words.takes('http')) routes.push(routeIn(words))
      else if (words.takes('resumable')) resumable = true
      else {
        words.expect('throws')
        while (!words.ended) {
          if (words.isNumbered) throwIds.push(words.number())
          throws.push(this.types.named(words))
        }
      }
    }
    words.end()
    return {
      name,
      input,
      output,
      outputStreams,
      outputIsOptional,
      idempotency,
      oneway,
      routes,
      ...(resumable && { resumable }),
      ...(deprecated && { deprecated }),
      throws,
      throwIds: throwIds.length > 0 ? throwIds : undefined,
    }
  }

  private input(words: LineWords): MethodModel['input'] {
    if (words.takes(')')) return { args: [] }
    const streams = words.takes('stream')
    if (streams || !words.isNumbered) {
      const message = this.types.named(words)
      words.expect(')')
      return { message, streams }
    }
    const args: FieldModel[] = []
    do {
      const { oneof: _, isText: __, ...field } = this.field(words)
      args.push(field)
    } while (words.takes(','))
    words.expect(')')
    return { args }
  }
}

function localName(name: string): string {
  return packageOf(name) === '' ? name : lastName(name)
}
