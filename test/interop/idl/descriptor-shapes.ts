import { ownClasses } from '../../../src/idl/own-classes.js'
import { type Features, featuresWithin, fileFeatures, presenceOf } from '../../../src/idl/proto/features.js'
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  FieldLabel,
  FieldType,
  type FileDescriptorProto,
} from '../../../src/protocols/standard-services/descriptor-messages.js'
import { wellKnownTypeOf } from '../../../src/schema/well-known.js'

/**
 * What of each message, enum and method matters on the wire and in JSON, by full name: whatever syntax a file has. Types that polywire
 * brings itself are left out.
 */
export function shapesOf(files: readonly FileDescriptorProto[]): Map<string, string> {
  const shapes = new Map<string, string>()
  for (const file of files) new Shapes(file, shapes).add()
  return shapes
}

class Shapes {
  constructor(
    private readonly file: FileDescriptorProto,
    private readonly shapes: Map<string, string>,
  ) {}

  add(): void {
    const { package: pack, messageType, enumType, service } = this.file
    const features = fileFeatures(this.file)
    for (const one of messageType) this.message(pack, one, features)
    for (const one of enumType) this.enumeration(pack, one)
    for (const { name, method } of service)
      for (const { name: key, inputType, outputType, clientStreaming, serverStreaming, options } of method) {
        const streams = [clientStreaming ?? false, serverStreaming ?? false]
        const rules = options?.http === undefined ? [] : [options.http, ...(options.http.additionalBindings ?? [])]
        // A class has a GET only on a method that is safe.
        const level = rules.some(({ pattern }) => pattern?.case === 'get') ? 1 : (options?.idempotencyLevel ?? 0)
        this.shapes.set(`${within(pack, name)}/${key}`, JSON.stringify([inputType, outputType, ...streams, level]))
      }
  }

  private message(scope: string, message: DescriptorProto, outer: Features): void {
    const name = within(scope, message.name)
    if (wellKnownTypeOf(name) !== undefined || ownClasses.has(name)) return
    const features = featuresWithin(outer, message.options?.features)
    const entries = message.nestedType.filter(({ options }) => options?.mapEntry).map(one => within(name, one.name))
    const fields = message.field.map(field => {
      const { type = FieldType.TYPE_DOUBLE } = field
      const ofField = featuresWithin(features, field.options?.features)
      // Editions say by a feature what proto2 says by a type.
      const isGroup = isMessage(type) && ofField.isDelimited && !entries.includes(field.typeName?.slice(1) ?? '')
      const oneof =
        field.oneofIndex === undefined || field.proto3Optional ? undefined : message.oneofDecl[field.oneofIndex]?.name
      return {
        number: field.number,
        name: field.name,
        json: field.jsonName,
        type: FieldType[isGroup ? FieldType.TYPE_GROUP : type],
        of: field.typeName || undefined,
        repeated: field.label === FieldLabel.LABEL_REPEATED,
        isExplicit: oneof === undefined && presenceOf(field, ofField) !== 'implicit' && !isMessage(type),
        oneof,
      }
    })
    fields.sort((one, other) => one.number - other.number)
    this.shapes.set(name, fields.map(field => JSON.stringify(field)).join('\n'))
    for (const one of message.nestedType) this.message(name, one, features)
    for (const one of message.enumType) this.enumeration(name, one)
  }

  /** proto3 wants a zero, and first; proto2 does not. */
  private enumeration(scope: string, { name, value }: EnumDescriptorProto): void {
    const members = value
      .map(one => ({ name: one.name, number: one.number ?? 0 }))
      .filter(one => one.number !== 0 || one.name !== `${name}_UNSPECIFIED`.toUpperCase())
      .sort((one, other) => one.number - other.number || (one.name < other.name ? -1 : 1))
    this.shapes.set(within(scope, name), JSON.stringify(members))
  }
}

function isMessage(type: FieldType): boolean {
  return type === FieldType.TYPE_MESSAGE || type === FieldType.TYPE_GROUP
}

function within(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`
}
