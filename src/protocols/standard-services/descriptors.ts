import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import { reachableMessages } from '../../schema/reachable.js'
import type { MethodSchema, ServiceSchema } from '../../schema/service.js'
import type { EnumType, OneOfType, ScalarType, ValueType } from '../../schema/type.js'
import { wellKnownMessageOf } from '../../schema/well-known.js'
import { Comments } from './descriptor-comments.js'
import { inEdition } from './descriptor-editions.js'
import { MessageEncoding } from './descriptor-features.js'
import { fileName, importInto, inOrder, syntax } from './descriptor-files.js'
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldLabel,
  FieldType,
  type FileDescriptorProto,
  type MethodDescriptorProto,
} from './descriptor-messages.js'
import { isWithin, lastName, packageOf, rootsOf, wrapperNames } from './descriptor-names.js'
import { errorOptionsOf, methodOptionsOf } from './descriptor-options.js'
import { addReserved, emptyMessage, enumOf, type PlainScalar, pascal, scalars } from './descriptor-parts.js'
import { wellKnownFileOf } from './well-known-files.js'

/**
 * The proto3 files that would declare these services: one per package, `hello.proto` for package `hello`, each after those that it
 * imports. A type whose name begins with a message's, `shop.Order.Item`, is nested in that message. Timestamps and durations are the
 * well-known types. Descriptions become comments.
 *
 * Source: google/protobuf/descriptor.proto. Services must be such that protobuf can carry them.
 * @param messages further messages to describe, besides those that the services use
 * @param enums further enums, with names
 */
export function describe(
  services: readonly ServiceSchema[],
  messages: readonly MessageSchema[] = [],
  enums: readonly EnumType[] = [],
): FileDescriptorProto[] {
  return new Describer().all(services, messages, enums)
}

class Describer {
  private readonly files = new Map<string, FileDescriptorProto>()
  private readonly described = new Set<string>()
  /** By full name: the described messages, and those that contain others. */
  private readonly messages = new Map<string, DescriptorProto>()
  private readonly comments = new Comments()
  private names: ReadonlyMap<MessageSchema, string> = new Map()
  private declared: ReadonlySet<string> = new Set()

  all(
    services: readonly ServiceSchema[],
    messages: readonly MessageSchema[],
    enums: readonly EnumType[],
  ): FileDescriptorProto[] {
    this.names = wrapperNames(services, [...messages, ...enums])
    const reachable = reachableMessages([...rootsOf(services), ...messages])
    this.declared = new Set(Array.from(reachable, schema => this.nameOf(schema)))
    for (const service of services) {
      const file = this.fileOf(service.name)
      const method = service.methods.map(one => this.method(one, file))
      const options = service.deprecated && { options: { deprecated: true } }
      file.service.push(this.comments.add({ name: lastName(service.name), method, ...options }, service.doc))
    }
    for (const message of messages) this.messageRef(message, this.homeOf(this.nameOf(message)).file)
    for (const one of enums) this.namedEnum(one, one.name as string)
    return inOrder(this.files).map(file => inEdition(this.comments.within(file)))
  }

  private fileOf(name: string): FileDescriptorProto {
    const pack = packageOf(name)
    const path = fileName(name)
    let file = this.files.get(path)
    if (file === undefined) {
      file = { name: path, package: pack, dependency: [], messageType: [], enumType: [], service: [], syntax }
      this.files.set(file.name, file)
    }
    return file
  }

  private nameOf(schema: MessageSchema): string {
    return this.names.get(schema) ?? schema.name
  }

  /** The place of a type with this name: its file, or the message whose name it begins with. */
  private homeOf(name: string): Home {
    const outer = packageOf(name)
    if (!isWithin(outer, this.declared)) {
      const file = this.fileOf(name)
      return { file, messages: file.messageType, enums: file.enumType }
    }
    const { nestedType, enumType } = this.messageOf(outer)
    return { file: this.homeOf(outer).file, messages: nestedType, enums: enumType }
  }

  private messageOf(name: string): DescriptorProto {
    let message = this.messages.get(name)
    if (message === undefined) {
      message = emptyMessage(lastName(name))
      this.messages.set(name, message)
      this.homeOf(name).messages.push(message)
    }
    return message
  }

  private method(method: MethodSchema, file: FileDescriptorProto): MethodDescriptorProto {
    const { name, kind, input, output } = method
    const described: MethodDescriptorProto = {
      name,
      inputType: this.messageRef(input, file),
      outputType: this.messageRef(output, file),
      clientStreaming: kind === 'client_streaming' || kind === 'bidi_streaming',
      serverStreaming: kind === 'server_streaming' || kind === 'bidi_streaming',
    }
    const throws = method.throws.map(error => this.messageRef(error, file).slice(1))
    const options = methodOptionsOf(method, throws)
    if (options !== undefined) described.options = options
    return this.comments.add(described, method.doc)
  }

  /** `.hello.HelloRequest`; its file is imported by `from`. */
  private messageRef(schema: MessageSchema, from: FileDescriptorProto): string {
    const name = this.nameOf(schema)
    const { file } = this.homeOf(name)
    importInto(from, file)
    if (!this.described.has(name)) {
      this.described.add(name)
      this.describe(schema, { name, message: this.messageOf(name), file })
    }
    return `.${name}`
  }

  private describe(schema: MessageSchema, context: MessageContext): void {
    const { message } = context
    addReserved(message, schema.reserved ?? [])
    if (schema.isError) message.options = { ...message.options, error: errorOptionsOf(schema) }
    this.comments.add(message, schema.doc)
    const optionals: FieldDescriptorProto[] = []
    for (const field of schema.fields) {
      if (field.type.kind === 'oneof') {
        this.oneOf(field, field.type, context)
        continue
      }
      const described = this.comments.add(this.field(field, field.type, context), field.doc)
      message.field.push(described)
      if (described.proto3Optional) optionals.push(described)
    }
    // The oneofs that express a field's presence follow all others.
    for (const described of optionals) {
      described.oneofIndex = message.oneofDecl.length
      message.oneofDecl.push({ name: `_${described.name}` })
    }
  }

  private oneOf(field: FieldSchema, { cases }: OneOfType, context: MessageContext): void {
    const { message } = context
    const oneofIndex = message.oneofDecl.length
    const { name, doc, sensitive } = field
    message.oneofDecl.push(this.comments.add({ name }, doc))
    for (const one of cases) {
      const field = { ...this.field({ ...one, sensitive }, one.type, context), oneofIndex }
      message.field.push(this.comments.add(field, one.doc))
    }
  }

  private field(
    { name, jsonName, number, presence, deprecated, sensitive }: NamedField,
    type: ValueType,
    context: MessageContext,
  ): FieldDescriptorProto {
    const repeated = type.kind === 'list' || type.kind === 'set' || type.kind === 'map'
    const element = type.kind === 'list' || type.kind === 'set' ? type.element : type
    const described: FieldDescriptorProto = {
      name,
      number: number ?? 0,
      label: repeated ? FieldLabel.LABEL_REPEATED : FieldLabel.LABEL_OPTIONAL,
      jsonName,
      ...this.typeOf(element, name, context),
    }
    const isGroup = element.kind === 'message' && element.delimited === true
    if (deprecated || sensitive || isGroup)
      described.options = {
        ...(deprecated && { deprecated }),
        ...(sensitive && { debugRedact: true }),
        ...(isGroup && { features: { messageEncoding: MessageEncoding.DELIMITED } }),
      }
    const isMessage = described.type === FieldType.TYPE_MESSAGE
    if (presence !== undefined && presence !== 'implicit' && !repeated && !isMessage) described.proto3Optional = true
    return described
  }

  private typeOf(type: ValueType, fieldName: string, context: MessageContext): TypeRef {
    const { message, name: owner, file } = context
    switch (type.kind) {
      case 'scalar':
        return this.scalar(type, file)
      case 'message':
        return { type: FieldType.TYPE_MESSAGE, typeName: this.messageRef(type.message, file) }
      case 'enum':
        return { type: FieldType.TYPE_ENUM, typeName: this.enumRef(type, fieldName, context) }
      case 'map': {
        const name = `${pascal(fieldName)}Entry`
        const entry: DescriptorProto = { ...emptyMessage(name), options: { mapEntry: true } }
        const inner = { ...context, message }
        const parts = [
          { name: 'key', number: 1, type: type.key },
          { name: 'value', number: 2, type: type.value },
        ]
        for (const part of parts) {
          const named = { ...part, jsonName: part.name, presence: undefined }
          entry.field.push(this.field(named, part.type, inner))
        }
        message.nestedType.push(entry)
        return { type: FieldType.TYPE_MESSAGE, typeName: `.${owner}.${name}` }
      }
      default:
        throw new TypeError(`${owner}.${fieldName}: protobuf has no ${type.kind} within another`)
    }
  }

  private scalar(type: ScalarType, file: FileDescriptorProto): TypeRef {
    if (type.name === 'nullValue')
      return { type: FieldType.TYPE_ENUM, typeName: this.wellKnown('google.protobuf.NullValue', file) }
    const message = wellKnownMessageOf(type)
    if (message === undefined) return { type: scalars[type.name as PlainScalar] }
    return { type: FieldType.TYPE_MESSAGE, typeName: this.wellKnown(message, file) }
  }

  /** Imports the file of a type of protobuf itself. @returns its name, as descriptors have it */
  private wellKnown(name: string, file: FileDescriptorProto): string {
    const wellKnown = wellKnownFileOf(lastName(name))
    if (!this.files.has(wellKnown.name)) this.files.set(wellKnown.name, wellKnown)
    if (!file.dependency.includes(wellKnown.name)) file.dependency.push(wellKnown.name)
    return `.${name}`
  }

  /** An enum with a name is in its file. One without a name is in the message, named after the field. */
  private enumRef(type: EnumType, fieldName: string, { name: owner, message, file }: MessageContext): string {
    if (type.name === undefined) {
      const name = pascal(fieldName)
      if (!message.enumType.some(one => one.name === name)) message.enumType.push(this.enumeration(type, name))
      return `.${owner}.${name}`
    }
    importInto(file, this.namedEnum(type, type.name))
    return `.${type.name}`
  }

  private enumeration(type: EnumType, name: string): EnumDescriptorProto {
    const described = enumOf(type, name)
    this.comments.add(described, type.docs.own)
    for (const value of described.value) this.comments.add(value, type.docs.members.get(value.name))
    return described
  }

  /** @returns its file */
  private namedEnum(type: EnumType, name: string): FileDescriptorProto {
    const home = this.homeOf(name)
    if (!this.described.has(name)) {
      this.described.add(name)
      home.enums.push(this.enumeration(type, lastName(name)))
    }
    return home.file
  }
}

/** The lists that a type is added to. */
interface Home {
  readonly file: FileDescriptorProto
  readonly messages: DescriptorProto[]
  readonly enums: EnumDescriptorProto[]
}

interface MessageContext {
  /** The full name. */
  readonly name: string
  readonly message: DescriptorProto
  readonly file: FileDescriptorProto
}

interface NamedField {
  readonly name: string
  readonly jsonName: string
  readonly number: number | undefined
  readonly presence?: FieldSchema['presence'] | undefined
  readonly deprecated?: true
  readonly sensitive?: true | undefined
}

type TypeRef = Pick<FieldDescriptorProto, 'type' | 'typeName'>
