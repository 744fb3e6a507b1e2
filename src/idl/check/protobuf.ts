import {
  FieldType,
  IdempotencyLevel,
  type MethodDescriptorProto,
} from '../../protocols/standard-services/descriptor-messages.js'
import { brokenByCardinality } from './cardinality.js'
import { defaultText, isSameDefault } from './field-defaults.js'
import {
  codeText,
  fieldTypeText,
  isJsonCompatible,
  isSameType,
  isWireCompatible,
  jsonText,
  type Pair,
} from './field-types.js'
import type { FieldView } from './field-view.js'
import { brokenInField, brokenInFile } from './other-languages.js'
import type { Breach, ProtobufRule } from './protobuf-rules.js'
import { missingRanges } from './ranges.js'
import type { DescriptorView, EnumView, ExtensionView, FileView, MessageView, Reservations } from './view.js'

/**
 * What of buf's breaking rules a change breaks, in all categories. Messages, enums and services are found by full name, fields by number.
 * @param areSources whether both sides are files as somebody wrote them, so that their syntax is part of the contract. Default true
 */
export function breaches(before: DescriptorView, after: DescriptorView, areSources = true): Breach[] {
  const checker = new Checker([before, after], areSources)
  checker.check()
  return checker.found
}

class Checker {
  readonly found: Breach[] = []

  constructor(
    private readonly pair: Pair,
    private readonly areSources: boolean,
  ) {}

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
    this.extensions()
  }

  /** An extension is found by what it extends, and its number, as a field is. */
  private extensions(): void {
    const [before, after] = this.pair
    const key = ({ extendee, field }: ExtensionView) => `${extendee} ${field.number}`
    const found = new Map([...after.extensions.values()].map(one => [key(one), one]))
    for (const [name, old] of before.extensions) {
      const now = found.get(key(old))
      if (now !== undefined) this.field(name, [old.field, now.field], false)
    }
  }

  private add(rule: ProtobufRule, at: string, why: string): void {
    this.found.push({ rule, at, why })
  }

  private removed(): void {
    const [before, after] = this.pair
    const packages = packagesOf(after)
    for (const [path, old] of before.files) this.file(path, old, after.files.get(path))
    for (const pack of packagesOf(before))
      if (!packages.has(pack)) this.add('PACKAGE_NO_DELETE', pack, `package ${pack} is gone`)
    this.removedOf('MESSAGE', before.messages, after.messages)
    this.removedOf('ENUM', before.enums, after.enums)
    this.removedOf('SERVICE', before.services, after.services)
    this.removedOf('EXTENSION', before.extensions, after.extensions)
  }

  private file(path: string, old: FileView, now: FileView | undefined): void {
    if (now === undefined) {
      this.add('FILE_NO_DELETE', path, `file ${path} is gone`)
      return
    }
    if (now.pack !== old.pack) this.add('FILE_SAME_PACKAGE', path, `package ${old.pack} became ${now.pack}`)
    if (this.areSources && old.syntax !== now.syntax)
      this.add('FILE_SAME_SYNTAX', path, `${old.syntax} became ${now.syntax}`)
    for (const [rule, why] of brokenInFile(old, now)) this.add(rule, path, why)
  }

  /** A name is looked for in its file, and in its package, as long as these are there themselves. */
  private removedOf(kind: 'MESSAGE' | 'ENUM' | 'SERVICE' | 'EXTENSION', old: Declarations, now: Declarations): void {
    const [, { files }] = this.pair
    const packages = packagesOf(this.pair[1])
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
    for (const text of missingRanges(old.extensionRanges, now.extensionRanges))
      this.add('EXTENSION_MESSAGE_NO_DELETE', name, `${text} is no longer left to extensions`)
    if (old.features.hasJson && !now.features.hasJson)
      this.add('MESSAGE_SAME_JSON_FORMAT', name, 'the names of its fields in JSON are no longer checked for clashes')
    if (!old.hidesDescriptor && now.hidesDescriptor)
      this.add('MESSAGE_NO_REMOVE_STANDARD_DESCRIPTOR_ACCESSOR', name, 'generated code loses its accessor')
  }

  private required(name: string, old: MessageView, now: MessageView): void {
    const report = ([one, other]: readonly [MessageView, MessageView], why: string) => {
      for (const [key, field] of one.fields) {
        const there = other.fields.get(key)
        // buf overlooks fields that a feature makes required. One that stays and changes breaks the rules of cardinality.
        const isBroken = field.isLabelledRequired ? there?.isLabelledRequired !== true : there === undefined
        if (field.cardinality === 'required' && isBroken)
          this.add('MESSAGE_SAME_REQUIRED_FIELDS', `${name}.${field.name}`, why)
      }
    }
    report([old, now], 'old readers refuse its absence')
    report([now, old], 'new readers refuse what old writers leave out')
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
    if (!isSameDefault([old, now], this.pair))
      this.add('FIELD_SAME_DEFAULT', at, `the default ${defaultText(old)} became ${defaultText(now)}`)
    const areTexts = old.type === FieldType.TYPE_STRING && now.type === FieldType.TYPE_STRING
    if (areTexts && old.features.hasUtf8Checks !== now.features.hasUtf8Checks)
      this.add(
        'FIELD_SAME_UTF8_VALIDATION',
        at,
        now.features.hasUtf8Checks ? 'it must be UTF-8 now' : 'any bytes may come',
      )
    for (const [rule, why] of brokenInField(old, now, isEntry)) this.add(rule, at, why)
    if (!isEntry)
      for (const [rule, why] of brokenByCardinality(old.cardinality, now.cardinality)) this.add(rule, at, why)
    if (old.oneof !== now.oneof) this.add('FIELD_SAME_ONEOF', at, 'setting a case of a oneof clears the others')
    if (old.name !== now.name) this.add('FIELD_SAME_NAME', at, `readers of ${JSON.stringify(old.name)} find nothing`)
    if (old.jsonName !== now.jsonName && !old.isExtension)
      this.add('FIELD_SAME_JSON_NAME', at, `readers of ${JSON.stringify(old.jsonName)} find nothing`)
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
    const [wasClosed, isClosed] = [old, now].map(({ features }) => features.isClosed)
    if (wasClosed !== isClosed)
      this.add('ENUM_SAME_TYPE', name, isClosed ? 'it takes no other numbers any more' : 'it takes any number now')
    if (old.features.hasJson && !now.features.hasJson)
      this.add('ENUM_SAME_JSON_FORMAT', name, 'the names of its members in JSON are no longer checked for clashes')
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

function packagesOf({ files }: DescriptorView): Set<string> {
  return new Set([...files.values()].map(({ pack }) => pack))
}

type Declarations = ReadonlyMap<string, { readonly file: string; readonly pack: string }>

function withoutPackage(name: string, pack: string): string {
  return pack === '' ? name : name.slice(pack.length + 1)
}

function isReserved(number: number, { ranges }: Reservations): boolean {
  return ranges.some(([first, last]) => first <= number && number <= last)
}
