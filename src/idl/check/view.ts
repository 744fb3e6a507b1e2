import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldLabel,
  FieldType,
  type FileDescriptorProto,
  type MethodDescriptorProto,
} from '../../protocols/standard-services/descriptor-messages.js'
import { defaultOf, type Features, featuresWithin, fileFeatures, presenceOf } from '../proto/features.js'

export type Cardinality = 'implicit' | 'explicit' | 'required' | 'repeated' | 'map'

/** What no field, or no member of an enum, may take again. Ranges have their last number. */
export interface Reservations {
  readonly ranges: readonly (readonly [first: number, last: number])[]
  readonly names: readonly string[]
}

export interface FieldView {
  readonly name: string
  readonly jsonName: string
  readonly number: number
  readonly type: FieldType
  /** Of a message or an enum: with a leading dot. */
  readonly typeName: string
  readonly cardinality: Cardinality
  /** Undefined for the one that stands for a field's presence. */
  readonly oneof: string | undefined
  /** The default as text; empty for the type's zero. */
  readonly initial: string
}

interface Declared {
  readonly pack: string
  /** The path of its file. */
  readonly file: string
  readonly reserved: Reservations
}

export interface MessageView extends Declared {
  /** By number; by name if the class gives no numbers. */
  readonly fields: ReadonlyMap<number | string, FieldView>
  readonly oneofs: ReadonlySet<string>
  /** Whether protobuf generates it for a map. */
  readonly isEntry: boolean
}

export interface EnumView extends Declared {
  readonly members: ReadonlyMap<string, number>
  readonly byNumber: ReadonlyMap<number, readonly string[]>
}

export interface ServiceView extends Declared {
  readonly methods: ReadonlyMap<string, MethodDescriptorProto>
}

/** Descriptors by full name. */
export interface DescriptorView {
  /** The package of each file, by its path. */
  readonly files: ReadonlyMap<string, string>
  readonly messages: ReadonlyMap<string, MessageView>
  readonly enums: ReadonlyMap<string, EnumView>
  readonly services: ReadonlyMap<string, ServiceView>
}

export function viewOf(files: readonly FileDescriptorProto[]): DescriptorView {
  const messages = new Map<string, MessageView>()
  const enums = new Map<string, EnumView>()
  const services = new Map<string, ServiceView>()
  for (const one of files) {
    const { name: file, package: pack, messageType, enumType, service } = one
    const dotted = (scope: string, name: string) => (scope === '' ? name : `${scope}.${name}`)
    const add = (
      scope: string,
      types: readonly DescriptorProto[],
      some: readonly EnumDescriptorProto[],
      outer: Features,
    ) => {
      for (const one of some) enums.set(dotted(scope, one.name), enumView(one, { pack, file }))
      for (const one of types) {
        const full = dotted(scope, one.name)
        const features = featuresWithin(outer, one.options?.features)
        messages.set(full, messageView(one, full, { pack, file, features }))
        add(full, one.nestedType, one.enumType, features)
      }
    }
    add(pack, messageType, enumType, fileFeatures(one))
    for (const { name, method } of service)
      services.set(dotted(pack, name), {
        pack,
        file,
        reserved: nothingReserved,
        methods: new Map(method.map(one => [one.name, one])),
      })
  }
  return { files: new Map(files.map(one => [one.name, one.package])), messages, enums, services }
}

const nothingReserved: Reservations = { ranges: [], names: [] }

interface Place extends Omit<Declared, 'reserved'> {
  readonly features: Features
}

function messageView(message: DescriptorProto, name: string, { features, ...place }: Place): MessageView {
  const entries = new Set(message.nestedType.filter(one => one.options?.mapEntry).map(one => `.${name}.${one.name}`))
  const oneofOf = ({ oneofIndex, proto3Optional }: FieldDescriptorProto) =>
    oneofIndex === undefined || proto3Optional ? undefined : message.oneofDecl[oneofIndex]?.name
  const fields = message.field.map((field): FieldView => {
    const { name: own, jsonName, number, type = FieldType.TYPE_DOUBLE, typeName = '' } = field
    const oneof = oneofOf(field)
    const isDelimited = featuresWithin(features, field.options?.features).isDelimited && !entries.has(typeName)
    return {
      name: own,
      jsonName: jsonName || own,
      number,
      type: type === FieldType.TYPE_MESSAGE && isDelimited ? FieldType.TYPE_GROUP : type,
      typeName,
      oneof,
      cardinality: cardinality(field, entries, features),
      initial: String(defaultOf(field) ?? ''),
    }
  })
  return {
    ...place,
    reserved: reservations(message, -1),
    fields: new Map(fields.map(field => [field.number === 0 ? field.name : field.number, field])),
    oneofs: new Set(fields.flatMap(({ oneof }) => oneof ?? [])),
    isEntry: message.options?.mapEntry === true,
  }
}

function cardinality(field: FieldDescriptorProto, entries: ReadonlySet<string>, outer: Features): Cardinality {
  if (entries.has(field.typeName ?? '')) return 'map'
  if (field.label === FieldLabel.LABEL_REPEATED) return 'repeated'
  const presence = presenceOf(field, featuresWithin(outer, field.options?.features))
  if (presence === 'required') return 'required'
  const isMessage = field.type === FieldType.TYPE_MESSAGE || field.type === FieldType.TYPE_GROUP
  const isExplicit = presence === 'optional' || field.oneofIndex !== undefined || isMessage
  return isExplicit ? 'explicit' : 'implicit'
}

/** @param last from the end of a range to its last number: a message's ranges are half open, an enum's are not */
function reservations({ reservedRange = [], reservedName = [] }: Reserving, last: -1 | 0): Reservations {
  return { ranges: reservedRange.map(({ start = 0, end = 0 }) => [start, end + last]), names: reservedName }
}

type Reserving = Pick<DescriptorProto, 'reservedRange' | 'reservedName'>

function enumView(one: EnumDescriptorProto, place: Omit<Declared, 'reserved'>): EnumView {
  const byNumber = new Map<number, string[]>()
  for (const { name, number = 0 } of one.value) byNumber.set(number, [...(byNumber.get(number) ?? []), name])
  return {
    ...place,
    reserved: reservations(one, 0),
    members: new Map(one.value.map(({ name, number = 0 }) => [name, number])),
    byNumber,
  }
}
