import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { OneOfCase, ValueType } from '../../schema/type.js'
import { ByteWriter } from '../bytes/byte-writer.js'
import { decodeUtf8 } from '../bytes/utf8.js'
import { classTransformOf, isLoose, transformedType } from '../class-transformer/class-transform.js'
import type { Codec, CodecOptions, Serializer } from '../codec.js'
import { serializerOf } from '../serializer.js'
import { Fault } from '../values/fault.js'
import { identityOf } from '../values/identity.js'
import { elementCost } from '../values/value-cost.js'
import {
  type Collection,
  listOfElements,
  looseElement,
  mapOfElements,
  rootName,
  setOfElements,
  TextElement,
  tagOf,
  WrappedCollection,
  type XmlType,
} from './elements.js'
import {
  AttributeField,
  type ElementField,
  OneOfElement,
  RepeatedElement,
  SingleElement,
  type XmlCase,
} from './fields.js'
import { MessageElement } from './message.js'
import { type Tag, XmlReader } from './reader.js'
import { xmlEnum, xmlScalar } from './scalars.js'
import { checkSchema } from './schema-check.js'
import { escapeAttribute } from './text.js'
import { xmlUnion } from './union.js'

/** Options of `xmlCodec`. */
export interface XmlOptions {
  /**
   * The default namespace of documents; elements of other namespaces are skipped. Default: none is written, and every namespace is read.
   */
  readonly namespace?: string
  /** Whether documents begin with `<?xml version="1.0" encoding="UTF-8"?>`, which UTF-8 does not need; default false. */
  readonly declaration?: boolean
}

/**
 * XML. The root is named after the message without its package. Fields are elements by their names, or attributes with `attribute: true`. A
 * list, set or map is a series of elements of one name; an entry has a `key` and a `value`. The cases of a oneOf are elements of its
 * message. Values have the forms of XML Schema. A collection that is optional or within a list is one element around `item` or `entry`
 * elements. A field with implicit presence is not written if it is zero. Unknown elements and attributes are skipped.
 *
 * Refuses DTDs, entities and documents that are not well-formed. `xmlSchemaOf` returns the XML Schema of a message.
 *
 * A malformed document is `invalid_argument` with the reason `malformed_xml`; a value that does not fit has the reason `invalid_message`.
 * At start-up: `not_in_xml`.
 */
export const xml: Codec = /* @__PURE__ */ xmlCodec()

/**
 * Makes an XML codec with a namespace or an XML declaration. It replaces the built-in one.
 *
 * @example
 * await serve([Hello], { codecs: [xmlCodec({ namespace: 'urn:hello' })] })
 *
 * @see docs/guide/codecs.md
 */
export function xmlCodec({ namespace, declaration = false }: XmlOptions = {}): Codec {
  const head = declaration ? '<?xml version="1.0" encoding="UTF-8"?>' : ''
  return {
    name: 'xml',
    contentTypes: ['xml'],
    isText: true,
    check: checkSchema,
    compile: <T>(schema: MessageSchema<T>, options: CodecOptions): Serializer<T> => {
      checkSchema(schema, options)
      const plain = tagOf(rootName(schema))
      const root: Tag = namespace === undefined ? plain : withAttribute(plain, ` xmlns="${escapeAttribute(namespace)}"`)
      const nesting = elementsPerMessage * (options.depth + 1)
      return serializerOf(schema, () => {
        const type = new Compiler(options).message(schema)
        return {
          writer: headroom => new ByteWriter(headroom),
          write(writer, message: T) {
            const document = head + type.write(root, message, 0)
            writer.utf8(document, Buffer.byteLength(document))
          },
          read(bytes) {
            const reader = new XmlReader(decodeUtf8(bytes, 'malformed_xml'), { nesting, namespace })
            reader.root()
            checkRoot(reader, root.name, namespace)
            const message = type.read(reader, 0) as T
            reader.finish()
            return message
          },
        }
      })
    },
  }
}

/** More than the elements around a message that is a value of a map in a list in a field. */
const elementsPerMessage = 8

function withAttribute({ name, open, end }: Tag, attribute: string): Tag {
  return { name, open: open + attribute, start: `${open}${attribute}>`, end }
}

function checkRoot(reader: XmlReader, name: string, namespace: string | undefined): void {
  if (reader.name !== name) throw new Fault(`expected the element ${name}, got one of another name`)
  if (!reader.isKnown) throw new Fault(`expected the element ${name} of the namespace ${namespace}, got one of another`)
}

/** Compiles one message and the messages within it; each once, since they may be recursive. */
class Compiler {
  private readonly messages = new Map<MessageSchema, XmlType>()

  constructor(private readonly options: CodecOptions) {}

  message(schema: MessageSchema): XmlType {
    const known = this.messages.get(schema)
    if (known !== undefined) return known
    const transform = classTransformOf(schema, this.options.transform)
    if (transform !== undefined)
      return transformedType<Tag, XmlReader, string, XmlType>(transform, {
        register: type => this.register(schema, type),
        message: plain => this.message(plain),
      })
    const made = this.register(schema, new MessageElement(schema, this.options))
    made.complete(
      schema.fields.filter(field => !field.attribute).map(field => this.element(field)),
      schema.fields.filter(field => field.attribute).map(field => attributeOf(field, this.options.values)),
    )
    return made
  }

  private register<T extends XmlType>(schema: MessageSchema, type: T): T {
    this.messages.set(schema, type)
    return type
  }

  private element(field: FieldSchema): ElementField {
    const { type } = field
    if (type.kind === 'oneof')
      return new OneOfElement(
        field.key,
        type.cases.map(one => this.case(one)),
      )
    const collection = field.presence === 'explicit' ? undefined : this.collection(type)
    if (collection !== undefined && !isLoose(field)) return new RepeatedElement(field, collection)
    return new SingleElement(field, isLoose(field) ? looseElement(this.type(type)) : this.type(type))
  }

  private case({ name, type }: OneOfCase): XmlCase {
    return { name, type: this.type(type) }
  }

  private collection(type: ValueType): Collection | undefined {
    const limit = this.options.values
    switch (type.kind) {
      case 'list':
        return listOfElements({ type: this.type(type.element), cost: elementCost(type.element), limit })
      case 'set':
        return setOfElements({ type: this.type(type.element), cost: 1, limit }, identityOf(type.element))
      case 'map':
        return mapOfElements({
          key: this.type(type.key),
          value: this.type(type.value),
          identity: identityOf(type.key),
          limit,
        })
      default:
        return undefined
    }
  }

  private type(type: ValueType): XmlType {
    switch (type.kind) {
      case 'scalar':
        return new TextElement(xmlScalar(type, this.options.values))
      case 'enum':
        return new TextElement(xmlEnum(type))
      case 'message':
        return this.message(type.message)
      case 'union':
        return xmlUnion(
          type,
          type.branches.map(branch => this.type(branch)),
        )
      case 'oneof':
        throw new Error('a oneOf must be a field of a message')
      default:
        return new WrappedCollection(this.collection(type) as Collection)
    }
  }
}

/** @param limit `limits.values` */
function attributeOf(field: FieldSchema, limit: number): AttributeField {
  const { type } = field
  if (type.kind === 'scalar') return new AttributeField(field, xmlScalar(type, limit))
  if (type.kind === 'enum') return new AttributeField(field, xmlEnum(type))
  throw new Error(`an attribute of ${type.kind}`)
}
