import { xmlCodec } from '../../codecs/xml/codec.js'
import { defaultLimits } from '../../core/limits.js'
import { Field, Message } from '../../decorators/message.js'
import { listOf, optional, string } from '../../schema/algebra.js'
import type { MessageSchema } from '../../schema/message.js'
import { messageSchemaOf } from '../../schema/resolve.js'
import { nameAnnotation } from './reserved.js'

// What `thrift --gen xml` writes. Source: t_xml_generator.cc and thrift-idl.xsd of Apache Thrift.

const attribute = { attribute: true }

/** A type: a base type, a container, or `id` with the module and name of a declaration. */
@Message('thrift.Type')
export class TypeXml {
  @Field(string, attribute) type = ''
  @Field(string, { ...attribute, name: 'type-module' }) module = ''
  @Field(string, { ...attribute, name: 'type-id' }) id = ''
  @Field(optional(() => TypeXml)) keyType?: TypeXml
  @Field(optional(() => TypeXml)) valueType?: TypeXml
  @Field(optional(() => TypeXml)) elemType?: TypeXml
}

@Message('thrift.Annotation')
export class AnnotationXml {
  @Field(string, attribute) key = ''
  @Field(string, attribute) value = ''
}

/** A literal: one of its fields. */
@Message('thrift.Value')
export class ValueXml {
  @Field(optional(string)) int?: string
  @Field(optional(string)) double?: string
  @Field(optional(string)) string?: string
  @Field(optional(() => EntriesXml)) list?: InstanceType<typeof EntriesXml>
  @Field(optional(() => EntriesXml)) set?: InstanceType<typeof EntriesXml>
  @Field(optional(() => EntriesXml)) map?: InstanceType<typeof EntriesXml>
}

/** An element, or an entry of a map. */
@Message('thrift.Entry')
export class EntryXml extends ValueXml {
  @Field(optional(ValueXml)) key?: ValueXml
  @Field(optional(ValueXml)) value?: ValueXml
}

@Message('thrift.Entries')
export class EntriesXml {
  @Field(listOf(EntryXml)) entry: EntryXml[] = []
}

@Message('thrift.Field')
export class FieldXml extends TypeXml {
  @Field(string, attribute) name = ''
  @Field(string, { ...attribute, name: 'field-id' }) number = ''
  @Field(string, attribute) doc = ''
  @Field(string, attribute) required = ''
  @Field(optional(ValueXml)) default?: ValueXml
  @Field(listOf(AnnotationXml)) annotation: AnnotationXml[] = []
}

@Message('thrift.Struct')
export class StructXml {
  @Field(string, attribute) name = ''
  @Field(string, attribute) doc = ''
  @Field(listOf(FieldXml)) field: FieldXml[] = []
  @Field(listOf(AnnotationXml)) annotation: AnnotationXml[] = []
}

@Message('thrift.Member')
export class MemberXml {
  @Field(string, attribute) name = ''
  @Field(string, attribute) value = ''
  @Field(string, attribute) doc = ''
  @Field(listOf(AnnotationXml)) annotation: AnnotationXml[] = []
}

@Message('thrift.Enum')
export class EnumXml {
  @Field(string, attribute) name = ''
  @Field(string, attribute) doc = ''
  @Field(listOf(MemberXml)) member: MemberXml[] = []
  @Field(listOf(AnnotationXml)) annotation: AnnotationXml[] = []
}

@Message('thrift.Typedef')
export class TypedefXml extends TypeXml {
  @Field(string, attribute) name = ''
  @Field(string, attribute) doc = ''
  @Field(listOf(AnnotationXml)) annotation: AnnotationXml[] = []
}

@Message('thrift.Const')
export class ConstXml extends TypeXml {
  @Field(string, attribute) name = ''
  @Field(string, attribute) doc = ''
  @Field(optional(string)) int?: string
  @Field(optional(string)) double?: string
  @Field(optional(string)) string?: string
  @Field(optional(EntriesXml)) list?: EntriesXml
  @Field(optional(EntriesXml)) set?: EntriesXml
  @Field(optional(EntriesXml)) map?: EntriesXml
}

@Message('thrift.Method')
export class MethodXml {
  @Field(string, attribute) name = ''
  @Field(string, attribute) doc = ''
  @Field(string, attribute) oneway = ''
  @Field(TypeXml) returns?: TypeXml
  @Field(listOf(FieldXml)) arg: FieldXml[] = []
  @Field(listOf(FieldXml)) throws: FieldXml[] = []
  @Field(listOf(AnnotationXml)) annotation: AnnotationXml[] = []
}

@Message('thrift.Service')
export class ServiceXml {
  @Field(string, attribute) name = ''
  @Field(string, attribute) doc = ''
  @Field(string, { ...attribute, name: 'parent-module' }) baseModule = ''
  @Field(string, { ...attribute, name: 'parent-id' }) base = ''
  @Field(listOf(MethodXml)) method: MethodXml[] = []
  @Field(listOf(AnnotationXml)) annotation: AnnotationXml[] = []
}

@Message('thrift.Namespace')
export class NamespaceXml {
  @Field(string, attribute) name = ''
  @Field(string, attribute) value = ''
}

@Message('thrift.Document')
export class DocumentXml {
  @Field(string, attribute) name = ''
  @Field(string, attribute) doc = ''
  @Field(listOf(NamespaceXml)) namespace: NamespaceXml[] = []
  @Field(listOf(ConstXml)) const: ConstXml[] = []
  @Field(listOf(TypedefXml)) typedef: TypedefXml[] = []
  @Field(listOf(EnumXml)) enum: EnumXml[] = []
  @Field(listOf(StructXml)) struct: StructXml[] = []
  @Field(listOf(StructXml)) union: StructXml[] = []
  @Field(listOf(StructXml)) exception: StructXml[] = []
  @Field(listOf(ServiceXml)) service: ServiceXml[] = []
}

@Message('thrift.idl')
export class IdlXml {
  @Field(listOf(DocumentXml)) document: DocumentXml[] = []
}

/** The name of a field or an argument on other wires: its own, unless an export had to write another one. */
export function fieldNameOf({ name, annotation }: FieldXml): string {
  return annotation.find(({ key }) => key === nameAnnotation)?.value ?? name
}

/** @throws RpcError for text that is not such a document */
export function parseDocument(bytes: Uint8Array): DocumentXml[] {
  const codec = xmlCodec({ namespace: 'http://thrift.apache.org/xml/idl' })
  const limits = { ...defaultLimits, values: 100_000_000 }
  // The compiler writes the lines of a comment or an annotation into an attribute, where XML takes a line's end for a space.
  const text = Buffer.from(bytes)
    .toString()
    .replace(/ (?:doc|value)="[^"]*"/g, text => text.replaceAll('\n', '&#10;'))
    // It makes a prefix of the file's name, which XML does not allow for `2fa.thrift`. Nothing uses the prefix.
    .replace(/(<document [^>]*?) xmlns:[^"]*="[^"]*"/g, '$1')
  return codec.compile(messageSchemaOf(IdlXml) as MessageSchema<IdlXml>, limits).decode(Buffer.from(text)).document
}
