import { lastName, packageOf } from '../../protocols/standard-services/descriptor-names.js'
import type { Refinement, TimeUnit } from '../../schema/refinement.js'
import type { Reserved } from '../../schema/reserved.js'
import type { ScalarName } from '../../schema/type.js'
import type {
  EnumModel,
  FieldModel,
  InitialModel,
  MessageModel,
  MethodModel,
  OneOfModel,
  ServiceModel,
  SourceModel,
  TypeModel,
} from '../model.js'
import { Refusal } from '../refusal.js'
import type { Lock } from './format.js'
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
  return new LockReader({ services: {}, messages: {}, enums: {} }, source).typeOf(text)
}

interface LockedField extends FieldModel {
  /** The oneOf that it is a case of. */
  readonly oneof: string | undefined
  /** Whether it holds the text of an error. */
  readonly isText: boolean
}

type Case = OneOfModel['cases'][number]

class LockReader {
  constructor(
    private readonly lock: Lock,
    private readonly source: string,
  ) {}

  read(): SourceModel {
    const { services, messages, enums } = this.lock
    return {
      source: this.source,
      path: 'polywire.lock',
      doc: undefined,
      constants: [],
      enums: Object.entries(enums).map(([name, lines]) => this.enumeration(name, lines)),
      messages: Object.entries(messages).map(([name, lines]) => this.message(name, lines)),
      services: Object.entries(services).map(([name, lines]) => this.service(name, lines)),
    }
  }

  typeOf(text: string): TypeModel {
    return this.type(this.words('type', text))
  }

  private words(owner: string, line: string): LineWords {
    return new LineWords(line, () => new Refusal(this.source, `${owner}: ${line}`, 'the line cannot be read'))
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
    const name = words.word()
    const type = this.type(words)
    let jsonName = name
    let oneof: string | undefined
    let isText = false
    let presence: FieldModel['presence'] = 'implicit'
    let initial: InitialModel | undefined
    let aliases: string[] = []
    while (!words.ended) {
      if (words.takes('in')) oneof = words.word()
      else if (words.takes('json')) jsonName = words.word()
      else if (words.takes('text')) isText = true
      else if (words.takes('required')) presence = 'required'
      else if (words.takes('optional')) presence = 'optional'
      else if (words.takes('=')) initial = initialOf(words, type)
      else if (words.takes('once')) {
        do aliases = [...aliases, words.word()]
        while (words.takesComma())
      } else break
    }
    const isOptional = presence === 'optional' && initial !== undefined ? true : undefined
    return { kind: 'field', name, jsonName, number, type, presence, initial, isOptional, aliases, oneof, isText }
  }

  private service(name: string, lines: readonly string[]): ServiceModel {
    return { name, localName: localName(name), methods: lines.map(line => this.method(this.words(name, line))) }
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
    const throws: string[] = []
    const throwIds: number[] = []
    while (words.takes(',')) {
      if (words.takes('safe')) idempotency = 'safe'
      else if (words.takes('idempotent')) idempotency = 'idempotent'
      else if (words.takes('oneway')) oneway = true
      else {
        words.expect('throws')
        while (!words.ended) {
          if (words.isNumbered) throwIds.push(words.number())
          throws.push(words.name())
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
      throws,
      throwIds: throwIds.length > 0 ? throwIds : undefined,
    }
  }

  private input(words: LineWords): MethodModel['input'] {
    if (words.takes(')')) return { args: [] }
    const streams = words.takes('stream')
    if (streams || !words.isNumbered) {
      const message = words.name()
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
    if (words.takes('delimited')) return { kind: 'named', name: words.name(), delimited: true }
    if (words.takes('union')) return this.union(words)
    if (words.takes('wrapped')) return { kind: 'scalar', name: words.name() as ScalarName, wrapped: true }
    const name = words.name()
    const refined = words.wasDotted ? undefined : refinementIn(name, words)
    if (refined !== undefined) return { kind: 'scalar', name: refinedScalar(refined), refined }
    const isScalar = !name.includes('.') && !words.wasDotted
    return isScalar ? { kind: 'scalar', name: name as ScalarName } : { kind: 'named', name }
  }
}

/** A scalar with what narrows it: `date`, `decimal(10, 2)`. */
function refinementIn(kind: string, words: LineWords): Refinement | undefined {
  if (kind === 'date') return { kind }
  const isUnit = kind === 'timeOfDay' || kind === 'timestamp' || kind === 'localTimestamp'
  if (!(isUnit || kind === 'decimal' || kind === 'fixed') || !words.takes('(')) return undefined
  const first = words.word()
  const rest = words.takes(',') ? words : undefined
  let refined: Refinement
  if (isUnit) refined = { kind, unit: first.slice(1, -1) as TimeUnit }
  else if (kind === 'fixed') {
    refined = { kind, size: Number(first), ...(rest && { name: rest.word().slice(1, -1) }) }
  } else {
    const scale = Number(rest?.word())
    const fixed = words.takes(',') ? refinementIn(words.word(), words) : undefined
    refined = { kind, precision: Number(first), scale, ...(fixed?.kind === 'fixed' && { fixed }) }
  }
  words.expect(')')
  return refined
}

function refinedScalar({ kind }: Refinement): ScalarName {
  return kind === 'fixed' ? 'bytes' : kind === 'timestamp' ? 'timestamp' : 'string'
}

function initialOf(words: LineWords, type: TypeModel): InitialModel {
  const text = words.word()
  if (type.kind !== 'scalar') return text
  if (type.name === 'bool') return text === 'true'
  if (type.name === 'bytes') return new Uint8Array(Buffer.from(text, 'base64'))
  if (type.name === 'string' || type.name === 'uuid' || type.name === 'timestamp') return text
  return type.name.endsWith('64') ? BigInt(text) : Number(text)
}

function reservedIn(words: LineWords): Reserved {
  const entries: (number | string)[] = []
  while (!words.ended) {
    const isName = words.isQuoted
    const entry = words.word()
    entries.push(isName || entry.includes('-', 1) ? entry : Number(entry))
  }
  return entries
}

function localName(name: string): string {
  return packageOf(name) === '' ? name : lastName(name)
}
