import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldLabel,
  FieldType,
  type FileDescriptorProto,
  IdempotencyLevel,
  type MethodDescriptorProto,
  type ReservedRange,
  type ServiceDescriptorProto,
} from '../../protocols/standard-services/descriptor-messages.js'
import type { ScalarName } from '../../schema/type.js'
import { wellKnownTypeOf } from '../../schema/well-known.js'
import type {
  EnumModel,
  FieldModel,
  MessageModel,
  MethodModel,
  OneOfModel,
  ReadModel,
  ServiceModel,
  SourceModel,
  TypeModel,
} from '../model.js'
import { ownClasses } from '../own-classes.js'
import { Refusal } from '../refusal.js'
import { checkFieldName } from '../typescript/names.js'
import { Locations } from './locations.js'

/**
 * The model of descriptors.
 * @param wanted names of files; those whose types they use are read too
 * @param sourceOf a file's name for people: `proto/shop/v1/orders.proto` of `shop/v1/orders.proto`
 * @throws Refusal for a construct that classes cannot express
 */
export function readDescriptors(
  files: readonly FileDescriptorProto[],
  wanted: readonly string[],
  sourceOf: (name: string) => string = name => name,
): ReadModel {
  const byName = new Map(files.map(file => [file.name, file]))
  const homes = new Map(files.flatMap(file => typeNames(file).map(name => [name, file.name] as const)))
  const queue = new Set(wanted)
  const read: SourceModel[] = []
  const notes: string[] = []
  for (const name of queue) {
    const file = byName.get(name)
    if (file === undefined) throw new Refusal(name, 'the file', 'its descriptor is missing')
    const reader = new FileReader(file, new Locations(sourceOf(name), file.sourceCodeInfo))
    read.push(reader.read())
    notes.push(...reader.notes)
    for (const type of reader.used) {
      const home = homes.get(type)
      if (home !== undefined) queue.add(home)
    }
  }
  return { files: read, notes }
}

function typeNames({ package: pack, messageType, enumType }: FileDescriptorProto): string[] {
  const within = (
    scope: string,
    messages: readonly DescriptorProto[],
    enums: readonly EnumDescriptorProto[],
  ): string[] => [
    ...enums.map(({ name }) => `${scope}.${name}`),
    ...messages.flatMap(one => [
      `${scope}.${one.name}`,
      ...within(`${scope}.${one.name}`, one.nestedType, one.enumType),
    ]),
  ]
  return within(pack === '' ? '' : `.${pack}`, messageType, enumType)
}

const nullValue = 'google.protobuf.NullValue'

class FileReader {
  readonly notes: string[] = []
  /** With a leading dot. */
  readonly used = new Set<string>()
  private readonly enums: EnumModel[] = []
  private readonly messages: MessageModel[] = []

  constructor(
    private readonly file: FileDescriptorProto,
    private readonly at: Locations,
  ) {}

  read(): SourceModel {
    const { name, package: pack, syntax, messageType, enumType, service } = this.file
    if (syntax !== 'proto3')
      throw new Refusal(
        this.at.place([12]),
        syntax === 'editions' ? 'an edition' : 'proto2',
        'its rules of presence, defaults and extensions are not those of classes yet; polywire reads proto3',
      )
    for (const [index, one] of messageType.entries()) this.message(one, pack, [4, index], '')
    for (const [index, one] of enumType.entries()) this.enumeration(one, pack, [5, index], '')
    const services = service.map((one, index) => this.service(one, [6, index]))
    const path = name.replace(/\.proto$/, '')
    const doc = this.at.heading()
    return { source: this.at.source, path, doc, enums: this.enums, messages: this.messages, constants: [], services }
  }

  private message(message: DescriptorProto, scope: string, path: readonly number[], outer: string): void {
    const name = dotted(scope, message.name)
    if (wellKnownTypeOf(name) !== undefined || ownClasses.has(name)) return
    const localName = dotted(outer, message.name)
    message.nestedType.forEach((one, index) => {
      if (!one.options?.mapEntry) this.message(one, name, [...path, 3, index], localName)
    })
    for (const [index, one] of message.enumType.entries()) this.enumeration(one, name, [...path, 4, index], localName)
    const documented = this.at.documented(path, message.options)
    const reserved = reservedText(message, -1)
    const doc = [documented.doc, reserved].filter(text => text !== undefined).join('\n\n') || undefined
    this.messages.push({
      ...documented,
      doc,
      name,
      localName,
      isError: false,
      fields: this.fields(message, name, path),
    })
  }

  private fields(message: DescriptorProto, name: string, path: readonly number[]): (FieldModel | OneOfModel)[] {
    const entries = new Map(
      message.nestedType.filter(one => one.options?.mapEntry).map(one => [`.${name}.${one.name}`, one]),
    )
    const fields: (FieldModel | OneOfModel)[] = []
    const written = new Set<number>()
    for (const [index, field] of message.field.entries()) {
      checkFieldName(field.name, () => this.at.place([...path, 2, index]))
      const { oneofIndex } = field
      if (oneofIndex === undefined || field.proto3Optional) {
        fields.push(this.field(field, entries, [...path, 2, index]))
        continue
      }
      if (written.has(oneofIndex)) continue
      written.add(oneofIndex)
      const cases = [...message.field.entries()].filter(([, one]) => one.oneofIndex === oneofIndex)
      fields.push({
        kind: 'oneof',
        name: message.oneofDecl[oneofIndex]?.name ?? '',
        ...this.at.documented([...path, 8, oneofIndex], undefined),
        cases: cases.map(([at, one]) => ({
          name: one.name,
          jsonName: jsonNameOf(one),
          number: one.number,
          type: this.typeOf(one, [...path, 2, at]),
        })),
      })
    }
    return fields
  }

  private field(
    field: FieldDescriptorProto,
    entries: ReadonlyMap<string, DescriptorProto>,
    path: readonly number[],
  ): FieldModel {
    const entry = entries.get(field.typeName ?? '')
    const repeated = field.label === FieldLabel.LABEL_REPEATED
    const element = (): TypeModel => this.typeOf(field, path)
    return {
      kind: 'field',
      ...this.at.documented(path, field.options),
      name: field.name,
      jsonName: jsonNameOf(field),
      number: field.number,
      type: entry !== undefined ? this.map(entry, path) : repeated ? { kind: 'list', element: element() } : element(),
      presence: field.proto3Optional ? 'optional' : 'implicit',
    }
  }

  private map({ field }: DescriptorProto, path: readonly number[]): TypeModel {
    const [key, value] = field as [FieldDescriptorProto, FieldDescriptorProto]
    return { kind: 'map', key: this.typeOf(key, path), value: this.typeOf(value, path) }
  }

  private typeOf({ type, typeName = '' }: FieldDescriptorProto, path: readonly number[]): TypeModel {
    if (type === FieldType.TYPE_MESSAGE || type === FieldType.TYPE_ENUM) return this.named(typeName, path)
    if (type === FieldType.TYPE_GROUP)
      throw new Refusal(this.at.place(path), 'a group', 'classes have none; write a message')
    return { kind: 'scalar', name: FieldType[type].slice('TYPE_'.length).toLowerCase() as ScalarName }
  }

  private named(name: string, path: readonly number[]): TypeModel {
    const known = wellKnownTypeOf(name.slice(1))
    if (known?.kind === 'scalar') return { kind: 'scalar', name: known.name, wrapped: known.wrapped }
    if (name === `.${nullValue}`)
      throw new Refusal(this.at.place(path), name.slice(1), 'it has one value only; write google.protobuf.Value')
    if (!ownClasses.has(name.slice(1))) this.used.add(name)
    return { kind: 'named', name: name.slice(1) }
  }

  private enumeration(
    { name, value, options, ...rest }: EnumDescriptorProto,
    scope: string,
    path: readonly number[],
    outer: string,
  ): void {
    if (dotted(scope, name) === nullValue) return
    const members = value.map((one, index) => ({
      ...this.at.documented([...path, 2, index], one.options),
      name: one.name,
      number: one.number ?? 0,
    }))
    const documented = this.at.documented(path, options)
    const doc = [documented.doc, reservedText(rest, 0)].filter(text => text !== undefined).join('\n\n') || undefined
    this.enums.push({ ...documented, doc, name: dotted(scope, name), localName: dotted(outer, name), members })
  }

  private service({ name, method, options }: ServiceDescriptorProto, path: readonly number[]): ServiceModel {
    return {
      ...this.at.documented(path, options),
      name: dotted(this.file.package, name),
      localName: name,
      methods: method.map((one, index) => this.method(one, [...path, 2, index])),
    }
  }

  private method(
    { name, inputType, outputType, clientStreaming, serverStreaming, options }: MethodDescriptorProto,
    path: readonly number[],
  ): MethodModel {
    const message = (type: string): string => {
      const found = this.named(type, path)
      if (found.kind === 'named') return found.name
      throw new Refusal(
        this.at.place(path),
        type.slice(1),
        'a request or a reply must be a message of the contract; put it into one',
      )
    }
    return {
      ...this.at.documented(path, options),
      name,
      input: { message: message(inputType), streams: clientStreaming === true },
      output: { kind: 'named', name: message(outputType) },
      outputStreams: serverStreaming === true,
      idempotency: levels[options?.idempotencyLevel ?? IdempotencyLevel.IDEMPOTENCY_UNKNOWN] ?? 'unknown',
      oneway: false,
      throws: [],
    }
  }
}

/** @returns the name itself if the compiler gave none */
function jsonNameOf({ name, jsonName }: FieldDescriptorProto): string {
  return jsonName || name
}

const levels = ['unknown', 'safe', 'idempotent'] as const

function dotted(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`
}

interface Reserved {
  readonly reservedRange?: readonly ReservedRange[]
  readonly reservedName?: readonly string[]
}

/** @param last from the end of a range to its last number: a message's ranges are half open, an enum's are not */
function reservedText({ reservedRange = [], reservedName = [] }: Reserved, last: -1 | 0): string | undefined {
  const ranges = reservedRange.map(({ start = 0, end = 0 }) =>
    end + last === start ? `${start}` : `${start} to ${end + last}`,
  )
  const all = [...ranges, ...reservedName.map(name => JSON.stringify(name))]
  return all.length === 0 ? undefined : `Reserved: ${all.join(', ')}.`
}
