import { carrierOf } from '../../codecs/values/refined.js'
import { lastName, packageOf, rootsOf } from '../../protocols/standard-services/descriptor-names.js'
import { refusalOf } from '../../protocols/thrift/unsupported.js'
import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import { reachableMessages } from '../../schema/reachable.js'
import type { MethodSchema, ServiceSchema } from '../../schema/service.js'
import type { ValueType } from '../../schema/type.js'
import { Homes, type Named, namedTypes } from '../declared.js'
import { readLock } from '../lock/read.js'
import type { EnumModel } from '../model.js'
import { thriftScalar } from '../thrift/scalars.js'
import { initialText } from '../thrift/values.js'
import { typeText } from './changes.js'
import type { Finding } from './finding.js'
import type { ThriftRule } from './rules.js'
import type { Snapshot } from './snapshot.js'

/**
 * What `thrift --audit` says of two contracts: its failures break, its warnings warn. As there, types and services are found by their names
 * without a package, which no wire of Thrift carries, and fields by number.
 *
 * Source: Apache Thrift, compiler/cpp/src/thrift/audit/t_audit.cpp.
 */
export function thriftFindings(before: Snapshot, after: Snapshot): Finding[] {
  const audit = new Audit(new Side(before), new Side(after))
  audit.run()
  return audit.found
}

/** One of the contracts, by local names. */
class Side {
  readonly homes: Homes
  readonly structs = new Map<string, MessageSchema>()
  readonly enums: ReadonlyMap<string, EnumModel>
  readonly services: ReadonlyMap<string, ServiceSchema>

  constructor(readonly snapshot: Snapshot) {
    const types: readonly Named[] = namedTypes(snapshot.contract)
    this.homes = new Homes(types, snapshot.contract)
    const isCarried = carriedBy(snapshot)
    for (const type of types)
      if ('fields' in type && isCarried(type)) this.structs.set(this.homes.localName(type.name), type)
    this.enums = new Map(readLock(snapshot.lock).enums.map(one => [this.homes.localName(one.name), one]))
    this.services = new Map(snapshot.contract.services.map(one => [lastName(one.name), one]))
  }

  /** `map<string, Order>` */
  type(type: ValueType): string {
    switch (type.kind) {
      case 'scalar':
        return thriftScalar(carrierOf(type))
      case 'enum':
        return this.homes.localName(type.name as string)
      case 'message':
        return this.homes.localName(type.message.name)
      case 'list':
      case 'set':
        return `${type.kind}<${this.type(type.element)}>`
      case 'map':
        return `map<${this.type(type.key)}, ${this.type(type.value)}>`
      case 'oneof':
      case 'union':
        return 'union'
    }
  }

  reply({ result, output }: MethodSchema): string {
    if (result === 'nothing') return 'void'
    if (result === 'message') return this.homes.localName(output.name)
    return this.type((output.fields[0] as FieldSchema).type)
  }

  fields({ fields }: MessageSchema): Field[] {
    const all = fields.flatMap((field): Field[] => {
      if (field.type.kind !== 'oneof') return [this.field(field)]
      return field.type.cases.map(one => ({
        name: one.name,
        number: one.number ?? 0,
        type: this.type(one.type),
        required: false,
        initial: undefined,
      }))
    })
    return all.sort((one, other) => one.number - other.number)
  }

  private field(field: FieldSchema): Field {
    return {
      name: field.name,
      number: field.number ?? 0,
      type: this.type(field.type),
      required: field.presence === 'required',
      initial: initialText(field, name => this.homes.localName(name)),
    }
  }

  arguments(method: MethodSchema): Field[] {
    if (method.parameters === 'positional') return this.fields(method.input)
    const type = this.homes.localName(method.input.name)
    return [{ name: 'request', number: 1, type, required: false, initial: undefined }]
  }

  throws({ throws, throwIds }: MethodSchema): Field[] {
    return throws.map((error, at) => {
      const type = this.homes.localName(error.name)
      // The names of throws clauses are no part of a class.
      return { name: '', number: throwIds?.[at] ?? at + 1, type, required: false, initial: undefined }
    })
  }
}

/** Messages that no method names count as carried if all their fields have numbers; of the others those that a carried method names. */
function carriedBy({ contract }: Snapshot): (message: MessageSchema) => boolean {
  const named = reachableMessages(rootsOf(contract.services))
  const methods = contract.services.map(one => ({
    ...one,
    methods: one.methods.filter(method => refusalOf(method) === undefined),
  }))
  const carried = reachableMessages(rootsOf(methods))
  const isNumbered = ({ number, type }: FieldSchema) =>
    type.kind === 'oneof' ? type.cases.every(one => one.number !== undefined) : number !== undefined
  return message => carried.has(message) || (!named.has(message) && message.fields.every(isNumbered))
}

interface Field {
  readonly name: string
  readonly number: number
  readonly type: string
  readonly required: boolean
  readonly initial: string | undefined
}

class Audit {
  readonly found: Finding[] = []
  /** Namespaces of before that have another name now. */
  private readonly moved = new Map<string, string>()

  constructor(
    private readonly before: Side,
    private readonly after: Side,
  ) {}

  run(): void {
    const { before, after } = this
    this.namespaces()
    for (const [local, service] of before.services) this.service(service, after.services.get(local))
    for (const [local, one] of before.enums) this.enumeration(one, after.enums.get(local))
    for (const [local, struct] of before.structs) {
      const now = after.structs.get(local)
      if (now === undefined) this.fail('STRUCT_REMOVED', struct.name, 'programs that use it no longer compile')
      else this.struct(before.fields(struct), after.fields(now), name => `${struct.name}.${name}`)
    }
    this.constants()
  }

  private fail(rule: ThriftRule, at: string, why: string): void {
    this.found.push({ wire: 'thrift', at, rule: `THRIFT_${rule}`, level: 'break', why })
  }

  private warn(rule: ThriftRule, at: string, why: string): void {
    this.found.push({ wire: 'thrift', at, rule: `THRIFT_${rule}`, level: 'warn', why })
  }

  private namespaces(): void {
    const { moved } = this
    const all = (side: Side) =>
      [
        ...[...side.structs, ...side.enums].map(([local, { name }]) => [local, side.homes.packageOf(name as string)]),
        ...[...side.services].map(([local, { name }]) => [`service ${local}`, packageOf(name)]),
      ] as [string, string][]
    const now = new Map(all(this.after))
    for (const [local, pack] of all(this.before)) {
      const other = now.get(local)
      if (other !== undefined && other !== pack) moved.set(pack, other)
    }
    for (const [pack, other] of moved)
      this.warn('NAMESPACE_CHANGED', pack, `${pack} became ${other}: sources change, no bytes`)
  }

  private service(old: ServiceSchema, now: ServiceSchema | undefined): void {
    if (now === undefined) {
      this.fail('SERVICE_REMOVED', old.name, 'nobody answers its calls')
      return
    }
    const [base, other] = [this.before.snapshot.bases.get(old.name), this.after.snapshot.bases.get(now.name)]
    const hasBases = base === undefined || (other !== undefined && lastName(base) === lastName(other))
    if (!hasBases) this.fail('INHERITANCE_CHANGED', old.name, `it extends ${other ?? 'nothing'}, once ${base}`)
    const methods = new Map(now.methods.map(method => [method.name, method]))
    for (const method of old.methods) if (refusalOf(method) === undefined) this.method(method, methods.get(method.name))
  }

  private method(old: MethodSchema, now: MethodSchema | undefined): void {
    const at = old.path.slice(1)
    if (now === undefined || refusalOf(now) !== undefined) {
      this.fail('FUNCTION_REMOVED', at, 'calls fail with unknown method')
      return
    }
    const { before, after } = this
    if (old.oneway !== now.oneway)
      this.fail('ONEWAY_CHANGED', at, now.oneway ? 'old callers wait for a reply' : 'old callers read no reply')
    const [type, other] = [before.reply(old), after.reply(now)]
    if (type !== other) this.fail('RETURN_TYPE_CHANGED', at, `${type} became ${other}`)
    this.struct(before.arguments(old), after.arguments(now), name => `${at}.${name}`)
    this.struct(before.throws(old), after.throws(now), () => at)
  }

  private struct(old: readonly Field[], now: readonly Field[], at: (name: string) => string): void {
    const others = new Map(now.map(field => [field.number, field]))
    const known = new Set(old.map(({ number }) => number))
    const last = old.at(-1)?.number ?? Number.NEGATIVE_INFINITY
    for (const field of old) {
      const other = others.get(field.number)
      if (other === undefined) this.fail('FIELD_REMOVED', at(field.name), `old peers still send ${field.number}`)
      else this.field(at(field.name), field, other)
    }
    for (const { number, name, required } of now) {
      if (known.has(number)) continue
      if (number < last)
        this.fail('FIELD_ADDED_IN_MIDDLE', at(name), `${number} is below ${last}, and may have been another field once`)
      else if (required) this.fail('REQUIRED_FIELD_ADDED', at(name), 'old peers do not send it')
    }
  }

  private field(at: string, old: Field, now: Field): void {
    if (old.type !== now.type)
      this.fail('FIELD_TYPE_CHANGED', at, `${old.type} became ${now.type}: old readers refuse or skip it`)
    if (old.required !== now.required)
      this.fail(
        'FIELD_REQUIREDNESS_CHANGED',
        at,
        now.required ? 'old peers may leave it out' : 'old peers refuse its absence',
      )
    if ((!old.required || !now.required) && old.initial !== now.initial)
      this.warn('DEFAULT_CHANGED', at, `${old.initial ?? 'none'} became ${now.initial ?? 'none'}`)
    if (old.name !== now.name) this.warn('FIELD_RENAMED', at, 'the number carries it; sources change')
  }

  private enumeration(old: EnumModel, now: EnumModel | undefined): void {
    const { name } = old
    if (now === undefined) {
      this.warn('ENUM_REMOVED', name, 'programs that use it no longer compile')
      return
    }
    for (const { name: member, number } of old.members) {
      const others = now.members.filter(one => one.number === number)
      const at = `${name}.${member}`
      if (others.length === 0) this.fail('ENUM_VALUE_REMOVED', at, 'new readers do not know the number')
      else if (!others.some(one => one.name === member))
        this.warn('ENUM_VALUE_RENAMED', at, 'the number carries it; sources change')
    }
  }

  private constants(): void {
    const { constants } = this.after.snapshot
    for (const [name, { type, value }] of this.before.snapshot.constants) {
      const pack = this.moved.get(packageOf(name))
      const now = constants.get(name) ?? (pack === undefined ? undefined : constants.get(`${pack}.${lastName(name)}`))
      if (now === undefined) this.warn('CONST_REMOVED', name, 'programs that use it no longer compile')
      // By local names: a type that moved with its namespace is the same.
      else if (typeText(now.type, lastName) !== typeText(type, lastName))
        this.warn('CONST_TYPE_CHANGED', name, `${typeText(type)} became ${typeText(now.type)}`)
      else if (now.value !== value) this.warn('CONST_VALUE_CHANGED', name, `${value} became ${now.value}`)
    }
  }
}
