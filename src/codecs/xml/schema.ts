import { misuse } from '../../core/rpc-error.js'
import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { Refinement } from '../../schema/refinement.js'
import { messageSchemaOf } from '../../schema/resolve.js'
import type { Class, EnumType, MapType, ScalarName, ValueType } from '../../schema/type.js'
import { branchName } from '../../schema/union.js'
import { classTransformOf, isLoose } from '../class-transformer/class-transform.js'
import type { TransformOptions } from '../codec.js'
import { entryTag, itemTag, keyTag, rootName, valueTag } from './elements.js'
import { escapeAttribute, escapeText, toCarried } from './text.js'

/** Options of `xmlSchemaOf`. */
export interface XmlSchemaOptions {
  /** The namespace given to `xmlCodec`; default: none. */
  readonly namespace?: string
  /** The options given to `withTransform`; default: none. */
  readonly transform?: TransformOptions
}

/**
 * Returns the XML Schema 1.0 of a message as text. What the XML codec writes is valid by it; the codec reads more, such as elements in any
 * order. Types have the full names of their messages.
 *
 * @example
 * await writeFile('hello.xsd', xmlSchemaOf(HelloRequest, { namespace: 'urn:hello' }))
 *
 * @throws RpcError `failed_precondition` (`not_a_message`) if the class has no `@Message`
 */
export function xmlSchemaOf(message: Class | MessageSchema, options: XmlSchemaOptions = {}): string {
  const schema = typeof message === 'function' ? messageSchemaOf(message) : message
  if (schema === undefined)
    throw misuse('not_a_message', `${(message as Class).name} is not a message; add @Message() to the class`)
  return xmlSchemaOfAll([schema], options)
}

/** The same for several messages, each of which can be the root of a document. */
export function xmlSchemaOfAll(schemas: readonly MessageSchema[], options: XmlSchemaOptions = {}): string {
  const writer = new SchemaWriter(options.transform)
  const roots = schemas.map(schema => `  <xs:element name="${rootName(schema)}" type="${writer.message(schema)}"/>`)
  const uri = options.namespace === undefined ? undefined : escapeAttribute(options.namespace)
  const namespace = uri === undefined ? '' : ` xmlns="${uri}" targetNamespace="${uri}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"${namespace} elementFormDefault="qualified">`,
    ...roots,
    ...writer.types(),
    '</xs:schema>',
    '',
  ].join('\n')
}

/** Source: XML Schema Part 2, "Built-in datatypes". */
const builtIn: Readonly<Record<ScalarName, string>> = {
  double: 'xs:double',
  float: 'xs:float',
  int8: 'xs:byte',
  int16: 'xs:short',
  int32: 'xs:int',
  uint32: 'xs:unsignedInt',
  sint32: 'xs:int',
  fixed32: 'xs:unsignedInt',
  sfixed32: 'xs:int',
  int64: 'xs:long',
  uint64: 'xs:unsignedLong',
  sint64: 'xs:long',
  fixed64: 'xs:unsignedLong',
  sfixed64: 'xs:long',
  bool: 'xs:boolean',
  string: 'xs:string',
  uuid: 'xs:string',
  bytes: 'xs:base64Binary',
  timestamp: 'xs:dateTime',
  duration: 'xs:duration',
  struct: 'xs:string',
  value: 'xs:string',
  listValue: 'xs:string',
  nullValue: 'xs:string',
  fieldMask: 'xs:string',
}

function refined(type: Refinement): Reference {
  switch (type.kind) {
    case 'date':
      return 'xs:date'
    case 'timeOfDay':
      return 'xs:time'
    case 'timestamp':
    case 'localTimestamp':
      return 'xs:dateTime'
    case 'fixed':
      return restriction('xs:base64Binary', { length: type.size })
    case 'decimal':
      return restriction('xs:decimal', { totalDigits: type.precision, fractionDigits: type.scale })
  }
}

function restriction(base: string, facets: Readonly<Record<string, number>>): Reference {
  const lines = Object.entries(facets).map(([name, value]) => `    <xs:${name} value="${value}"/>`)
  return {
    lines: [
      '<xs:simpleType>',
      `  <xs:restriction base="${base}">`,
      ...lines,
      '  </xs:restriction>',
      '</xs:simpleType>',
    ],
  }
}

const any = 'maxOccurs="unbounded"'

/** A type by its name, or written out if it has no name. */
type Reference = string | { readonly lines: readonly string[] }

class SchemaWriter {
  /** By name; undefined while it is being written. */
  private readonly named = new Map<string, readonly string[] | undefined>()

  constructor(private readonly transform: TransformOptions | undefined) {}

  types(): string[] {
    return [...this.named.values()].flatMap(lines => indented(lines ?? []))
  }

  /** @returns the name of its type */
  message(schema: MessageSchema): string {
    if (this.named.has(schema.name)) return schema.name
    this.named.set(schema.name, undefined)
    const { fields } = classTransformOf(schema, this.transform)?.written ?? schema
    const elements = fields.filter(field => !field.attribute).flatMap(field => this.field(field))
    const attributes = fields.filter(field => field.attribute).flatMap(field => this.attribute(field))
    const lines = complexType(` name="${schema.name}"`, elements, attributes)
    this.named.set(schema.name, annotated(lines, schema.doc, 'complexType'))
    return schema.name
  }

  private field(field: FieldSchema): readonly string[] {
    return annotated(this.content(field), field.doc, field.type.kind === 'oneof' ? 'choice' : 'element')
  }

  private content(field: FieldSchema): readonly string[] {
    const { type, name, presence } = field
    const least = presence === 'required' ? '' : 'minOccurs="0"'
    if (type.kind === 'oneof') {
      const cases = type.cases.flatMap(one =>
        annotated(element(one.name, '', this.reference(one.type)), one.doc, 'element'),
      )
      return [`<xs:choice${least === '' ? '' : ` ${least}`}>`, ...indented(cases), '</xs:choice>']
    }
    if (isLoose(field)) return element(name, least, undefined)
    const repeats = presence !== 'explicit' ? this.partOf(type) : undefined
    return repeats === undefined
      ? element(name, least, this.reference(type))
      : element(name, `minOccurs="0" ${any}`, repeats)
  }

  private attribute({ name, type, presence, doc }: FieldSchema): readonly string[] {
    const use = presence === 'required' ? ' use="required"' : ''
    const reference = this.reference(type)
    const lines =
      typeof reference === 'string'
        ? [`<xs:attribute name="${name}" type="${reference}"${use}/>`]
        : [`<xs:attribute name="${name}"${use}>`, ...indented(reference.lines), '</xs:attribute>']
    return annotated(lines, doc, 'attribute')
  }

  private reference(type: ValueType): Reference {
    switch (type.kind) {
      case 'scalar':
        return type.refined === undefined ? builtIn[type.name] : refined(type.refined)
      case 'enum':
        return this.enumeration(type)
      case 'message':
        return this.message(type.message)
      case 'union': {
        const branches = type.branches.flatMap(branch => element(branchName(branch), '', this.reference(branch)))
        const choice = [`<xs:choice${type.isNullable ? ' minOccurs="0"' : ''}>`, ...indented(branches), '</xs:choice>']
        return { lines: ['<xs:complexType>', ...indented(choice), '</xs:complexType>'] }
      }
      case 'oneof':
        throw new Error('a oneOf must be a field of a message')
      default: {
        const tag = type.kind === 'map' ? entryTag : itemTag
        return { lines: complexType('', element(tag.name, `minOccurs="0" ${any}`, this.partOf(type)), []) }
      }
    }
  }

  /** The type of the elements of a collection; undefined for any other type. */
  private partOf(type: ValueType): Reference | undefined {
    if (type.kind === 'list' || type.kind === 'set') return this.reference(type.element)
    return type.kind === 'map' ? this.entry(type) : undefined
  }

  private entry(type: MapType): Reference {
    const key = element(keyTag.name, '', this.reference(type.key))
    return { lines: complexType('', [...key, ...element(valueTag.name, '', this.reference(type.value))], []) }
  }

  /** An open enum takes numbers too. */
  private enumeration({ name, values, open, docs }: EnumType): Reference {
    const attribute = name === undefined ? '' : ` name="${name}"`
    const names = values.flatMap(value =>
      annotated(
        [`<xs:enumeration value="${escapeAttribute(value.name)}"/>`],
        docs.members.get(value.name),
        'enumeration',
      ),
    )
    const members = ['<xs:restriction base="xs:string">', ...indented(names), '</xs:restriction>']
    const union = [
      '<xs:union memberTypes="xs:int">',
      '  <xs:simpleType>',
      ...indented(indented(members)),
      '  </xs:simpleType>',
      '</xs:union>',
    ]
    const plain = [`<xs:simpleType${attribute}>`, ...indented(open ? union : members), '</xs:simpleType>']
    const lines = annotated(plain, docs.own, 'simpleType')
    if (name === undefined) return { lines }
    this.named.set(name, lines)
    return name
  }
}

function element(name: string, occurs: string, type: Reference | undefined): readonly string[] {
  const start = `<xs:element name="${name}"${occurs === '' ? '' : ` ${occurs}`}`
  if (type === undefined) return [`${start}/>`]
  if (typeof type === 'string') return [`${start} type="${type}"/>`]
  return [`${start}>`, ...indented(type.lines), '</xs:element>']
}

function complexType(name: string, elements: readonly string[], attributes: readonly string[]): readonly string[] {
  const sequence = elements.length === 0 ? [] : ['<xs:sequence>', ...indented(elements), '</xs:sequence>']
  return [`<xs:complexType${name}>`, ...indented([...sequence, ...attributes]), '</xs:complexType>']
}

/** Puts a description behind the start tag, where XML Schema has it. @param tag that of the lines, without its prefix */
function annotated(lines: readonly string[], doc: string | undefined, tag: string): readonly string[] {
  const [start, ...rest] = lines
  if (doc === undefined || start === undefined) return lines
  const text = escapeText(toCarried(doc.toWellFormed()))
  const annotation = ['<xs:annotation>', `  <xs:documentation>${text}</xs:documentation>`, '</xs:annotation>']
  if (!start.endsWith('/>')) return [start, ...indented(annotation), ...rest]
  return [`${start.slice(0, -2)}>`, ...indented(annotation), `</xs:${tag}>`]
}

function indented(lines: readonly string[]): string[] {
  return lines.map(line => `  ${line}`)
}
