import { createHash } from 'node:crypto'
import { AvroParser, namespaceOf, qualified } from '../../codecs/avro/parser.js'
import {
  type AvroSchema,
  docJson,
  type EnumSchema,
  type FixedSchema,
  fieldsToJson,
  type RecordField,
  type RecordSchema,
  schemaToJson,
  withProperties,
} from '../../codecs/avro/schema.js'
import { AvroShapes, checkName } from '../../codecs/avro/shape.js'
import { parseJsonText } from '../../codecs/bytes/json-text.js'
import { Fault, isObject } from '../../codecs/values/fault.js'
import { withDeprecation } from '../../schema/deprecation.js'
import type { JsonObject } from '../../schema/json-value.js'
import type { MessageSchema } from '../../schema/message.js'
import type { MethodSchema, ServiceSchema } from '../../schema/service.js'
import type { EnumType } from '../../schema/type.js'

/** A type that can be declared by itself. */
export type NamedSchema = RecordSchema | EnumSchema | FixedSchema

/** A message of an Avro protocol. */
export interface AvroMessage {
  readonly name: string
  readonly parameters: readonly RecordField[]
  readonly response: AvroSchema
  /** The errors that it declares; on the wire `"string"` precedes them. */
  readonly errors: readonly AvroSchema[]
  readonly oneWay: boolean
  readonly doc?: string | undefined
  readonly properties?: JsonObject | undefined
}

/** An Avro protocol. Source: Avro specification, "Protocol Declaration". */
export interface AvroProtocol {
  /** With its namespace: `hello.Hello`. */
  readonly name: string
  readonly messages: ReadonlyMap<string, AvroMessage>
  /** Those that no message uses. Default: none; handshakes have none. */
  readonly types?: readonly NamedSchema[]
  /** Its JSON. `hash` is the MD5 of that as latin-1 text, by which handshakes name it. */
  readonly text: string
  readonly hash: string
  /** Whether it has timestamps in other units than milliseconds. */
  readonly hasOtherUnits: boolean
  readonly doc?: string | undefined
  readonly properties?: JsonObject | undefined
}

/** The most characters of a peer's protocol. */
const maxText = 1024 * 1024
const nothing: AvroSchema = Object.freeze({ kind: 'null' })

/**
 * The Avro protocol of a service, as handshakes have it.
 * @param methods those that Avro can carry
 * @throws RpcError `failed_precondition` if one name is used for two types
 */
export function protocolOf(service: ServiceSchema, methods: readonly MethodSchema[]): AvroProtocol {
  const shapes = new AvroShapes()
  const messages = new Map(methods.map(method => [method.name, messageOf(method, shapes)]))
  return protocolWith({ name: service.name, messages, properties: service.properties })
}

/** The same with descriptions, for files. @param others types that no method uses */
export function documentedProtocolOf(
  service: ServiceSchema,
  others: readonly (MessageSchema | EnumType)[] = [],
): AvroProtocol {
  const { name, doc, methods } = service
  const shapes = new AvroShapes(true)
  const documented = methods.map((method): [string, AvroMessage] => [
    method.name,
    { ...messageOf(method, shapes), doc: method.doc, properties: withDeprecation(method, true) },
  ])
  const types = others.map(
    one => shapes.type('fields' in one ? { kind: 'message', message: one } : one, service.name) as NamedSchema,
  )
  return protocolWith({ name, doc, properties: withDeprecation(service, true), messages: new Map(documented), types })
}

type Declared = Pick<AvroProtocol, 'name' | 'doc' | 'messages' | 'properties' | 'types'>

function protocolWith(protocol: Declared): AvroProtocol {
  const text = JSON.stringify(toJson(protocol))
  return { ...protocol, text, hash: hashOf(text), hasOtherUnits: false }
}

/** @throws RpcError like `protocolOf` */
export function messageOf(method: MethodSchema, shapes: AvroShapes): AvroMessage {
  checkName(method.name, method.path)
  return {
    name: method.name,
    parameters: parametersOf(method, shapes),
    response: responseOf(method, shapes),
    errors: method.throws.map(error => shapes.message(error)),
    oneWay: method.oneway,
    properties: method.properties,
  }
}

/** Each positional argument is a parameter; a message is one parameter. */
function parametersOf(method: MethodSchema, shapes: AvroShapes): RecordField[] {
  if (method.parameters === 'positional') return shapes.fields(method.input)
  return [{ name: requestParameter, type: shapes.message(method.input), aliases: [], fallback: undefined }]
}

/** The name of a parameter that is a message. */
export const requestParameter = 'request'

function responseOf(method: MethodSchema, shapes: AvroShapes): AvroSchema {
  if (method.result === 'message') return shapes.message(method.output)
  return method.result === 'nothing' ? nothing : (shapes.fields(method.output)[0] as RecordField).type
}

/** Each type is defined where it is used first. */
function toJson(protocol: Declared): unknown {
  const { name, messages, types = [] } = protocol
  const namespace = namespaceOf(name)
  const defined = new Set<string>()
  const declared = types.flatMap(type => (defined.has(type.name) ? [] : [schemaToJson(type, defined)]))
  const entries = Array.from(messages, ([key, message]) => [key, messageToJson(message, defined)])
  const json = {
    protocol: name.slice(namespace === '' ? 0 : namespace.length + 1),
    ...(namespace === '' ? {} : { namespace }),
    ...docJson(protocol),
    ...(declared.length === 0 ? {} : { types: declared }),
    messages: Object.fromEntries(entries),
  }
  return withProperties(json, protocol)
}

function messageToJson(message: AvroMessage, defined: Set<string>): unknown {
  const { parameters, response, errors, oneWay } = message
  const json = {
    ...docJson(message),
    request: fieldsToJson(parameters, defined),
    response: schemaToJson(response, defined),
    ...(errors.length === 0 ? {} : { errors: errors.map(error => schemaToJson(error, defined)) }),
    ...(oneWay ? { 'one-way': true } : {}),
  }
  return withProperties(json, message)
}

/** @throws Fault if the text is not a protocol */
export function parseProtocol(text: string): AvroProtocol {
  if (text.length > maxText) throw new Fault(`a protocol of more than ${maxText} characters`)
  const json = parseJsonText(text)
  if (!isObject(json) || typeof json.protocol !== 'string') throw new Fault('a protocol is an object with a name')
  const name = qualified(json.protocol, typeof json.namespace === 'string' ? json.namespace : '')
  const namespace = namespaceOf(name)
  const parser = new AvroParser()
  if (Array.isArray(json.types)) for (const type of json.types) parser.schema(type, namespace)
  const messages = new Map<string, AvroMessage>()
  for (const [key, message] of Object.entries(isObject(json.messages) ? json.messages : {}))
    messages.set(key, parseMessage(key, message, { parser, namespace }))
  return { name, messages, text, hash: hashOf(text), hasOtherUnits: otherUnits.test(text) }
}

/** Logical types of time that polywire does not write itself. A match elsewhere in the text only costs compiling. */
const otherUnits = /(?:timestamp|time)-(?:micros|nanos)|time-millis|"date"/

interface Scope {
  readonly parser: AvroParser
  readonly namespace: string
}

function parseMessage(name: string, json: unknown, { parser, namespace }: Scope): AvroMessage {
  if (!isObject(json)) throw new Fault('a message is an object')
  const { errors } = json
  return {
    name,
    parameters: parser.fields(json.request, namespace, 0),
    response: parser.schema(json.response, namespace),
    errors: Array.isArray(errors) ? errors.map((error: unknown) => parser.schema(error, namespace)) : [],
    oneWay: json['one-way'] === true,
  }
}

export function hashOf(text: string): string {
  return createHash('md5').update(text).digest().toString('latin1')
}
