import { described, type JsonObject, JsonSchemas } from '../../../codecs/json/json-schema.js'
import { Code } from '../../../core/code.js'
import type { MessageSchema } from '../../../schema/message.js'
import type { MethodSchema, ServiceSchema } from '../../../schema/service.js'
import type { EnumType } from '../../../schema/type.js'
import { wrapperNames } from '../../standard-services/descriptor-names.js'
import { statusOf } from '../status.js'
import { methodWords } from './method-words.js'
import { RestPaths } from './rest-paths.js'

/**
 * OpenAPI 3.1 of what HTTP serves to clients without a library: the routes of REST, and the unary methods as RPCs, a POST of JSON to
 * `/hello.Hello/SayHello`, and a GET of a safe method. Source: OpenAPI Specification 3.1.1; Connect protocol, "Unary-Request".
 *
 * @param messages further messages to describe, besides those that the services use
 * @param enums with a name, to describe as well
 */
export function openApiDocument(
  services: readonly ServiceSchema[],
  messages: readonly MessageSchema[] = [],
  enums: readonly EnumType[] = [],
): JsonObject {
  const schemas = new JsonSchemas('#/components/schemas/', true, wrapperNames(services))
  const rest = new RestPaths(schemas)
  const rpc: Record<string, JsonObject> = {}
  for (const { methods } of services) {
    for (const method of methods) {
      rest.add(method, failures(method, 'Problem'))
      if (method.kind === 'unary') rpc[method.path] = operations(method, schemas)
      else if (method.routes.length > 0) for (const message of [method.input, method.output]) schemas.message(message)
      for (const error of method.throws) schemas.message(error)
    }
  }
  for (const message of messages) schemas.message(message)
  for (const one of enums) schemas.type(one)
  const problems = rest.paths.size > 0
  return {
    openapi: '3.1.1',
    'x-polywire': true,
    info: { title: services.map(({ name }) => name).join(', ') || 'messages', version: '1' },
    ...tagsOf(services),
    paths: { ...Object.fromEntries(rest.paths), ...rpc },
    components: {
      schemas: { ...schemas.definitions(), 'connect.error': connectError, ...(problems && { problem }) },
      responses: { Error: errorResponse, ...(problems && { Problem: problemResponse }) },
    },
  }
}

/** What there is to say of services. An operation has its service's name as a tag. */
function tagsOf(services: readonly ServiceSchema[]): JsonObject {
  const tags = services.flatMap(({ name, doc, deprecated, properties }): JsonObject[] => {
    const own: JsonObject = {
      ...(deprecated && { 'x-polywire-deprecated': deprecated }),
      ...(properties && { 'x-polywire-properties': properties }),
    }
    return doc === undefined && Object.keys(own).length === 0 ? [] : [{ name, ...described(doc, own) }]
  })
  return tags.length === 0 ? {} : { tags }
}

function operations(method: MethodSchema, schemas: JsonSchemas): JsonObject {
  const { serviceName, name, idempotency, deprecated, input, output, doc } = method
  const request = schemas.message(input)
  const responses: Record<string, JsonObject> = {
    200: { description: 'The reply.', content: { 'application/json': { schema: schemas.message(output) } } },
    ...failures(method, 'Error'),
  }
  const common = described(doc, { tags: [serviceName], responses, ...(deprecated && { deprecated }) })
  const post = {
    operationId: `${serviceName}.${name}`,
    ...common,
    'x-polywire-method': methodWords(method, schemas),
    requestBody: { required: true, content: { 'application/json': { schema: request } } },
  }
  if (idempotency !== 'safe') return { post }
  const parameters = [
    { name: 'encoding', in: 'query', required: true, schema: { const: 'json' } },
    { name: 'message', in: 'query', required: true, content: { 'application/json': { schema: request } } },
    { name: 'connect', in: 'query', schema: { const: 'v1' } },
  ]
  return { post, get: { operationId: `${serviceName}.${name}.get`, ...common, parameters } }
}

/** The responses of failed calls: those of declared errors by their status, and all others. */
function failures(method: MethodSchema, form: 'Error' | 'Problem'): Record<string, JsonObject> {
  const response = form === 'Error' ? errorResponse : problemResponse
  return {
    ...Object.fromEntries(declared(method).map(([status, text]) => [status, { ...response, description: text }])),
    default: { $ref: `#/components/responses/${form}` },
  }
}

/** By status, the errors that a method declares. */
function declared({ throws }: MethodSchema): [number, string][] {
  const byStatus = new Map<number, string[]>()
  for (const error of throws) {
    const { code } = error.create() as { readonly code?: Code }
    const status = statusOf(code ?? Code.unknown)
    byStatus.set(status, [...(byStatus.get(status) ?? []), error.name])
  }
  return [...byStatus].map(([status, names]) => [status, `${names.join(', ')}: a detail of the error has its fields.`])
}

const codes = Object.keys(Code).filter(name => Number.isNaN(Number(name)) && name !== 'ok')

const connectError: JsonObject = {
  'x-polywire-generated': true,
  type: 'object',
  required: ['code'],
  properties: {
    code: { type: 'string', enum: codes },
    message: { type: 'string' },
    details: {
      type: 'array',
      items: {
        type: 'object',
        required: ['type', 'value'],
        properties: {
          type: { type: 'string' },
          value: { type: 'string', contentEncoding: 'base64', description: 'The fields in protobuf.' },
          debug: { description: 'The fields in JSON.' },
        },
      },
    },
  },
}

const errorResponse: JsonObject = {
  description: 'The call failed.',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/connect.error' } } },
}

/** Source: RFC 9457. */
const problem: JsonObject = {
  'x-polywire-generated': true,
  type: 'object',
  required: ['type', 'title', 'status', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', enum: codes },
    details: {
      type: 'array',
      items: { type: 'object', required: ['@type'], properties: { '@type': { type: 'string' } } },
      description: 'A declared error has its name as @type, and its fields beside it.',
    },
  },
}

const problemResponse: JsonObject = {
  description: 'The call failed.',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/problem' } } },
}
