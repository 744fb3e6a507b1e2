import { IdempotencyLevel, type MethodDescriptorProto } from '../../protocols/standard-services/descriptor-messages.js'
import {
  codeText,
  fieldTypeText,
  isJsonCompatible,
  isSameType,
  isWireCompatible,
  jsonText,
  type Pair,
} from './field-types.js'
import type { Breach, ProtobufRule } from './protobuf-rules.js'
import { missingRanges } from './ranges.js'
import type { Cardinality, DescriptorView, EnumView, FieldView, MessageView, Reservations } from './view.js'

/**
 * What of buf's breaking rules a change breaks, in all categories. Messages, enums and services are found by full name, fields by number.
 */
export function breaches(before: DescriptorView, after: DescriptorView): Breach[] {
  const checker = new Checker([before, after])
  checker.check()
  return checker.found
}

class Checker {
  readonly found: Breach[] = []

  constructor(private readonly pair: Pair) {}

  check(): void {
    const [before, after] = this.pair
    this.removed()
    for (const [name, old] of before.messages) {
      const now = after.messages.get(name)
      if (now !== undefined) this.message(name, old, now)
    }
    for (const [name, old] of before.enums) {
      const now = after.enums.get(name)
      if (now !== undefined) this.enumeration(name, old, now)
    }
    for (const [name, { methods }] of before.services) {
      const now = after.services.get(name)
      if (now === undefined) continue
      for (const [method, old] of methods) this.method(`${name}/${method}`, old, now.methods.get(method))
    }
  }

  private add(rule: ProtobufRule, at: string, why: string): void {
    this.found.push({ rule, at, why })
  }

  private removed(): void {
    const [before, after] = this.pair
    const packages = new Set(after.files.values())
    for (const [path, pack] of before.files) {
      const now = after.files.get(path)
      if (now === undefined) this.add('FILE_NO_DELETE', path, `file ${path} is gone`)
      else if (now !== pack) this.add('FILE_SAME_PACKAGE', path, `package ${pack} became ${now}`)
    }
    for (const pack of new Set(before.files.values()))
      if (!packages.has(pack)) this.add('PACKAGE_NO_DELETE', pack, `package ${pack} is gone`)
    this.removedOf('MESSAGE', before.messages, after.messages)
    this.removedOf('ENUM', before.enums, after.enums)
    this.removedOf('SERVICE', before.services, after.services)
  }

  /** A name is looked for in its file, and in its package, as long as these are there themselves. */
  private removedOf(kind: 'MESSAGE' | 'ENUM' | 'SERVICE', old: Declarations, now: Declarations): void {
    const [, { files }] = this.pair
    const packages = new Set(files.values())
    const inFiles = new Set([...now].map(([name, { file, pack }]) => `${file}:${withoutPackage(name, pack)}`))
    for (const [name, { file, pack }] of old) {
      if (files.has(file) && !inFiles.has(`${file}:${withoutPackage(name, pack)}`))
        this.add(`${kind}_NO_DELETE`, name, `it is gone from ${file}`)
      if (packages.has(pack) && !now.has(name))
        this.add(`PACKAGE_${kind}_NO_DELETE`, name, 'code that uses it no longer compiles')
    }
  }

  private message(name: string, old: MessageView, now: MessageView): void {
    for (const [key, field] of old.fields) {
      const other = now.fields.get(key)
      const at = `${name}.${field.name}`
      if (other !== undefined) this.field(at, [field, other], old.isEntry && now.isEntry)
      else this.removedField(at, field, now.reserved)
    }
    this.required(name, old, now)
    for (const oneof of old.oneofs)
      if (!now.oneofs.has(oneof)) this.add('ONEOF_NO_DELETE', `${name}.${oneof}`, 'the oneof is gone')
    this.reserved('RESERVED_MESSAGE_NO_DELETE', name, old.reserved, now.reserved)
  }

  private required(name: string, old: MessageView, now: MessageView): void {
    const isRequired = ({ fields }: MessageView, key: number | string) => fields.get(key)?.cardinality === 'required'
    for (const [key, field] of old.fields)
      if (isRequired(old, key) && !isRequired(now, key))
        this.add('MESSAGE_SAME_REQUIRED_FIELDS', `${name}.${field.name}`, 'old readers refuse its absence')
    for (const [key, field] of now.fields)
      if (isRequired(now, key) && !isRequired(old, key))
        this.add(
          'MESSAGE_SAME_REQUIRED_FIELDS',
          `${name}.${field.name}`,
          'new readers refuse what old writers leave out',
        )
  }

  private removedField(at: string, { name, number }: FieldView, reserved: Reservations): void {
    this.add('FIELD_NO_DELETE', at, 'code that uses it no longer compiles')
    if (!isReserved(number, reserved))
      this.add(
        'FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED',
        at,
        `number ${number} could be given to another field; reserve it`,
      )
    if (!reserved.names.includes(name))
      this.add(
        'FIELD_NO_DELETE_UNLESS_NAME_RESERVED',
        at,
        `the name ${name} could be given to another field; reserve it`,
      )
  }

  private field(at: string, [old, now]: readonly [FieldView, FieldView], isEntry: boolean): void {
    const types = `${fieldTypeText(old)} became ${fieldTypeText(now)}`
    if (!isSameType(old, now)) this.add('FIELD_SAME_TYPE', at, codeText(old, now) ?? types)
    if (!isWireCompatible(old, now, this.pair)) this.add('FIELD_WIRE_COMPATIBLE_TYPE', at, `${types}: other bytes`)
    if (!isJsonCompatible(old, now, this.pair))
      this.add('FIELD_WIRE_JSON_COMPATIBLE_TYPE', at, jsonText(old, now) ?? `${types}: other JSON`)
    if (old.initial !== now.initial)
      this.add('FIELD_SAME_DEFAULT', at, `the default ${old.initial || 'zero'} became ${now.initial || 'zero'}`)
    if (!isEntry) this.cardinality(at, old.cardinality, now.cardinality)
    if (old.oneof !== now.oneof) this.add('FIELD_SAME_ONEOF', at, 'setting a case of a oneof clears the others')
    if (old.name !== now.name) this.add('FIELD_SAME_NAME', at, `readers of ${JSON.stringify(old.name)} find nothing`)
    if (old.jsonName !== now.jsonName)
      this.add('FIELD_SAME_JSON_NAME', at, `readers of ${JSON.stringify(old.jsonName)} find nothing`)
  }

  private cardinality(at: string, old: Cardinality, now: Cardinality): void {
    if (old === now) return
    const why = `${cardinalityText[old]} became ${cardinalityText[now]}`
    this.add('FIELD_SAME_CARDINALITY', at, why)
    if (onWire[old] !== onWire[now]) this.add('FIELD_WIRE_COMPATIBLE_CARDINALITY', at, why)
    if (inJson[old] !== inJson[now]) this.add('FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY', at, why)
  }

  private enumeration(name: string, old: EnumView, now: EnumView): void {
    for (const [number, names] of old.byNumber) {
      const others = now.byNumber.get(number)
      const at = `${name}.${names[0]}`
      if (others !== undefined) {
        // Names may be added to a number, and buf counts each of the names that are there now.
        if (!names.every(one => others.includes(one)))
          for (const other of others) this.add('ENUM_VALUE_SAME_NAME', at, `${names.join(', ')} became ${other}`)
        continue
      }
      this.add('ENUM_VALUE_NO_DELETE', at, 'code that uses it no longer compiles')
      if (!isReserved(number, now.reserved))
        this.add('ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED', at, `number ${number} could be given to another member`)
      if (!names.every(one => now.reserved.names.includes(one)))
        this.add('ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED', at, `readers do not know ${names.join(', ')} any more`)
    }
    this.reserved('RESERVED_ENUM_NO_DELETE', name, old.reserved, now.reserved)
  }

  private reserved(rule: ProtobufRule, at: string, old: Reservations, now: Reservations): void {
    for (const text of missingRanges(old.ranges, now.ranges)) this.add(rule, at, `${text} is no longer reserved`)
    for (const name of old.names)
      if (!now.names.includes(name)) this.add(rule, at, `${JSON.stringify(name)} is no longer reserved`)
  }

  private method(at: string, old: MethodDescriptorProto, now: MethodDescriptorProto | undefined): void {
    if (now === undefined) {
      this.add('RPC_NO_DELETE', at, 'calls fail with unimplemented')
      return
    }
    const differs = (one: boolean | undefined, other: boolean | undefined) => (one ?? false) !== (other ?? false)
    if (differs(old.clientStreaming, now.clientStreaming))
      this.add('RPC_SAME_CLIENT_STREAMING', at, now.clientStreaming ? 'requests stream now' : 'requests stream no more')
    if (differs(old.serverStreaming, now.serverStreaming))
      this.add('RPC_SAME_SERVER_STREAMING', at, now.serverStreaming ? 'replies stream now' : 'replies stream no more')
    if (old.inputType !== now.inputType)
      this.add('RPC_SAME_REQUEST_TYPE', at, `${old.inputType.slice(1)} became ${now.inputType.slice(1)}`)
    if (old.outputType !== now.outputType)
      this.add('RPC_SAME_RESPONSE_TYPE', at, `${old.outputType.slice(1)} became ${now.outputType.slice(1)}`)
    const [level, other] = [old, now].map(one => one.options?.idempotencyLevel ?? IdempotencyLevel.IDEMPOTENCY_UNKNOWN)
    if (level !== other) this.add('RPC_SAME_IDEMPOTENCY_LEVEL', at, 'callers cache, retry or hedge it by the old level')
  }
}

type Declarations = ReadonlyMap<string, { readonly file: string; readonly pack: string }>

function withoutPackage(name: string, pack: string): string {
  return pack === '' ? name : name.slice(pack.length + 1)
}

function isReserved(number: number, { ranges }: Reservations): boolean {
  return ranges.some(([first, last]) => first <= number && number <= last)
}

/** Values of one group read each other's bytes, or bytes and JSON. */
const onWire: Readonly<Record<Cardinality, string>> = {
  required: 'required',
  implicit: 'one',
  explicit: 'one',
  repeated: 'many',
  map: 'many',
}
const inJson: Readonly<Record<Cardinality, string>> = {
  required: 'required',
  implicit: 'one',
  explicit: 'one',
  repeated: 'list',
  map: 'map',
}

const cardinalityText: Readonly<Record<Cardinality, string>> = {
  implicit: 'a value',
  explicit: 'an optional value',
  required: 'a required value',
  repeated: 'a list',
  map: 'a map',
}
