import type {
  DescriptorProto,
  EnumDescriptorProto,
  FieldDescriptorProto,
  FileDescriptorProto,
  MethodDescriptorProto,
} from '../../protocols/standard-services/descriptor-messages.js'
import { type Features, featuresWithin, fileFeatures } from '../proto/features.js'
import { type CodeOptions, codeOptionsOf } from './code-options.js'
import { type FieldView, fieldView } from './field-view.js'

type Ranges = readonly (readonly [first: number, last: number])[]

/** What no field, or no member of an enum, may take again. Ranges have their last number. */
export interface Reservations {
  readonly ranges: Ranges
  readonly names: readonly string[]
}

interface Declared {
  readonly pack: string
  /** The path of its file. */
  readonly file: string
}

export interface MessageView extends Declared {
  readonly reserved: Reservations
  /** By number; by name if the class gives no numbers. */
  readonly fields: ReadonlyMap<number | string, FieldView>
  readonly oneofs: ReadonlySet<string>
  /** The numbers that it leaves to extensions. */
  readonly extensionRanges: Ranges
  readonly features: Features
  /** Whether generated code has no method `descriptor`. */
  readonly hidesDescriptor: boolean
  /** Whether protobuf generates it for a map. */
  readonly isEntry: boolean
}

export interface EnumView extends Declared {
  readonly reserved: Reservations
  readonly members: ReadonlyMap<string, number>
  readonly byNumber: ReadonlyMap<number, readonly string[]>
  readonly features: Features
}

export interface ExtensionView extends Declared {
  /** With a leading dot. */
  readonly extendee: string
  readonly field: FieldView
}

export interface ServiceView extends Declared {
  readonly methods: ReadonlyMap<string, MethodDescriptorProto>
}

export interface FileView {
  readonly pack: string
  readonly syntax: string
  readonly options: CodeOptions
}

/** Descriptors by full name. */
export interface DescriptorView {
  /** By path. */
  readonly files: ReadonlyMap<string, FileView>
  readonly messages: ReadonlyMap<string, MessageView>
  readonly enums: ReadonlyMap<string, EnumView>
  readonly services: ReadonlyMap<string, ServiceView>
  readonly extensions: ReadonlyMap<string, ExtensionView>
}

export function viewOf(files: readonly FileDescriptorProto[]): DescriptorView {
  const builder = new ViewBuilder()
  for (const file of files) builder.add(file)
  return builder
}

class ViewBuilder implements DescriptorView {
  readonly files = new Map<string, FileView>()
  readonly messages = new Map<string, MessageView>()
  readonly enums = new Map<string, EnumView>()
  readonly services = new Map<string, ServiceView>()
  readonly extensions = new Map<string, ExtensionView>()

  add(file: FileDescriptorProto): void {
    const { name, package: pack, syntax, messageType, enumType, service, extension = [] } = file
    const options = codeOptionsOf(file.options)
    const place = { pack, file: name }
    this.files.set(name, { pack, syntax: syntax || 'proto2', options })
    const within = { ...place, features: fileFeatures(file), isCheckedInJava: options.javaStringCheckUtf8 === true }
    this.addTypes(pack, { nestedType: messageType, enumType, extension }, within)
    for (const { name, method } of service)
      this.services.set(dotted(pack, name), { ...place, methods: new Map(method.map(one => [one.name, one])) })
  }

  private addTypes(scope: string, { nestedType, enumType, extension = [] }: Scope, place: Place): void {
    for (const one of enumType) this.enums.set(dotted(scope, one.name), enumView(one, place))
    for (const one of extension) this.addExtension(dotted(scope, one.name), one, place)
    for (const one of nestedType) {
      const full = dotted(scope, one.name)
      const within = { ...place, features: featuresWithin(place.features, one.options?.features) }
      this.messages.set(full, messageView(one, full, within))
      this.addTypes(full, one, within)
    }
  }

  private addExtension(name: string, extension: FieldDescriptorProto, place: Place): void {
    const field = fieldView(extension, { ...place, entries: new Set(), oneofs: [] })
    this.extensions.set(name, { ...place, extendee: extension.extendee ?? '', field: { ...field, name } })
  }
}

type Scope = Pick<DescriptorProto, 'nestedType' | 'enumType' | 'extension'>

interface Place extends Declared {
  readonly features: Features
  /** Whether the file asks Java for checks of UTF-8. */
  readonly isCheckedInJava: boolean
}

function dotted(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`
}

function messageView(message: DescriptorProto, name: string, place: Place): MessageView {
  const { nestedType, oneofDecl, options = {}, extensionRange = [] } = message
  const entries = new Set(nestedType.filter(one => one.options?.mapEntry).map(one => `.${name}.${one.name}`))
  // Maps have no groups, whatever the file says.
  const isDelimited = place.features.isDelimited && !options.mapEntry
  const within = { ...place, features: { ...place.features, isDelimited }, entries, oneofs: oneofDecl }
  const fields = message.field.map(field => fieldView(field, within))
  return {
    ...place,
    reserved: reservations(message, -1),
    fields: new Map(fields.map(field => [field.number === 0 ? field.name : field.number, field])),
    oneofs: new Set(fields.flatMap(({ oneof }) => oneof ?? [])),
    extensionRanges: extensionRange.map(({ start = 0, end = 0 }) => [start, end - 1]),
    hidesDescriptor: options.noStandardDescriptorAccessor === true,
    isEntry: options.mapEntry === true,
  }
}

/** @param last from the end of a range to its last number: a message's ranges are half open, an enum's are not */
function reservations({ reservedRange = [], reservedName = [] }: Reserving, last: -1 | 0): Reservations {
  return { ranges: reservedRange.map(({ start = 0, end = 0 }) => [start, end + last]), names: reservedName }
}

type Reserving = Pick<DescriptorProto, 'reservedRange' | 'reservedName'>

function enumView(one: EnumDescriptorProto, { features, ...place }: Place): EnumView {
  const byNumber = new Map<number, string[]>()
  for (const { name, number = 0 } of one.value) byNumber.set(number, [...(byNumber.get(number) ?? []), name])
  return {
    ...place,
    features: featuresWithin(features, one.options?.features),
    reserved: reservations(one, 0),
    members: new Map(one.value.map(({ name, number = 0 }) => [name, number])),
    byNumber,
  }
}
