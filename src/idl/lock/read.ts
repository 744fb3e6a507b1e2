import { lastName, packageOf } from '../../protocols/standard-services/descriptor-names.js'
import type { Reserved } from '../../schema/reserved.js'
import type { ScalarName } from '../../schema/type.js'
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
import { Refusal } from '../refusal.js'
import { checkFieldName, checkMemberName } from '../typescript/names.js'
import type { Lock } from './format.js'
import { initialOf, refinedScalar, refinementIn, reservedIn, routeIn } from './line-parts.js'
import { isScalarName } from './scalars.js'
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
  private readonly messages = new Map<string, MessageModel>()

  constructor(
    private readonly lock: Lock,
    private readonly source: string,
    /** Whether it has every message and enum that its lines name. */
    private readonly isWhole = true,
  ) {}

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
    return this.type(this.words('type', text))
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
    const refusal = (why = 'the line cannot be read') => new Refusal(this.source, `${owner}: ${line}`, why)
    return new LineWords(line, refusal)
  }

  private enumeration(name: string, lines: readonly string[]): EnumModel {
    const members: { name: string; number: number }[] = []
    let reserved: Reserved | undefined
    let unknown: string | undefined
    for (const line of lines) {
      const words = this.words(name, line)
      if (words.takes('reserved')) reserved = reservedIn(words)
      else if (words.takes('unknown')) unknown = words.word()
      else members.push({ number: words.number(), name: words.word() })
    }
    for (const member of members) checkMemberName(member.name, () => `${this.source}: ${name}`)
    return { name, localName: localName(name), members, reserved, unknown }
  }

  private message(name: string, lines: readonly string[]): MessageModel {
    const fields: (FieldModel | OneOfModel)[] = []
    const cases = new Map<string, Case[]>()
    let reserved: Reserved | undefined
    let isError = false
    let ownText: MessageModel['ownText']
    for (const line of lines) {
      const words = this.words(name, line)
      if (line === 'error') isError = true
      else if (words.takes('reserved')) reserved = reservedIn(words)
      else {
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
    return { name, localName: localName(name), isError, ownText, fields, reserved }
  }

  private field(words: LineWords): LockedField {
    const number = words.takes('-') ? undefined : words.number()
    const name = this.fieldName(words)
    const type = this.type(words)
    let jsonName = name
    let oneof: string | undefined
    let isText = false
    let presence: FieldModel['presence'] = 'implicit'
    let initial: InitialModel | undefined
    let aliases: string[] = []
    while (!words.ended) {
      if (words.takes('in')) oneof = this.fieldName(words)
      else if (words.takes('json')) jsonName = this.fieldName(words)
      else if (words.takes('text')) isText = true
      else if (words.takes('required')) presence = 'required'
      else if (words.takes('optional')) presence = 'optional'
      else if (words.takes('=')) initial = this.initial(words, type)
      else if (words.takes('once')) {
        do aliases = [...aliases, words.word()]
        while (words.takesComma())
      } else break
    }
    const isOptional = presence === 'optional' && initial !== undefined ? true : undefined
    return { kind: 'field', name, jsonName, number, type, presence, initial, isOptional, aliases, oneof, isText }
  }

  private fieldName(words: LineWords): string {
    const name = words.word()
    checkFieldName(name, () => this.source)
    return name
  }

  private initial(words: LineWords, type: TypeModel): InitialModel {
    if (type.kind === 'scalar') return initialOf(words, type)
    if (type.kind === 'named' && this.enums.has(type.name)) return words.word()
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
    const output = words.takes('nothing') ? undefined : this.type(words)
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
          throws.push(this.declared(words))
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
      const message = this.declared(words)
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

  /** @throws Refusal for a name that the lock does not have */
  private declared(words: LineWords, name = words.name()): string {
    const { messages, enums } = this.lock
    // Types of protobuf itself are in no lock.
    const isKnown = name.startsWith('google.protobuf.') || Object.hasOwn(messages, name) || Object.hasOwn(enums, name)
    if (this.isWhole && !isKnown) throw words.refusal(`the lock has no ${name}`)
    return name
  }

  private union(words: LineWords): TypeModel {
    words.expect('(')
    const branches: TypeModel[] = []
    let isNullable = false
    do {
      if (words.takes('null')) isNullable = true
      else branches.push(this.type(words))
    } while (words.takes(','))
    words.expect(')')
    return { kind: 'union', branches, isNullable }
  }

  private type(words: LineWords): TypeModel {
    if (words.takes('list')) return { kind: 'list', element: this.type(words) }
    if (words.takes('set')) return { kind: 'set', element: this.type(words) }
    if (words.takes('map')) return { kind: 'map', key: this.type(words), value: this.type(words) }
    if (words.takes('delimited')) return { kind: 'named', name: this.declared(words), delimited: true }
    if (words.takes('union')) return this.union(words)
    if (words.takes('wrapped')) return { kind: 'scalar', name: scalarIn(words, words.name()), wrapped: true }
    const name = words.name()
    const refined = words.wasDotted ? undefined : refinementIn(name, words)
    if (refined !== undefined) return { kind: 'scalar', name: refinedScalar(refined), refined }
    const isScalar = !name.includes('.') && !words.wasDotted
    return isScalar
      ? { kind: 'scalar', name: scalarIn(words, name) }
      : { kind: 'named', name: this.declared(words, name) }
  }
}

/** @throws Refusal for a word that is not the name of a scalar type */
function scalarIn(words: LineWords, name: string): ScalarName {
  if (!isScalarName(name)) throw words.refusal()
  return name
}

function localName(name: string): string {
  return packageOf(name) === '' ? name : lastName(name)
}
