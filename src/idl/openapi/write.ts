import { Code } from '../../core/code.js'
import { statusOf } from '../../protocols/http/status.js'
import type { MethodSchema } from '../../schema/service.js'
import type { ExportFormat } from '../format.js'
import { type JsonObject, JsonSchemas } from '../jsonschema/schema.js'

/**
 * OpenAPI 3.1 of the unary methods as the HTTP protocol serves them: a POST of JSON to `/hello.Hello/SayHello`, and a GET of a safe method.
 * Source: OpenAPI Specification 3.1.1; Connect protocol, "Unary-Request".
 */
export const openapi: ExportFormat = {
  title: 'OpenAPI',
  refuses: method => (method.kind === 'unary' ? undefined : 'OpenAPI has no streams'),
  write({ services, messages }) {
    const schemas = new JsonSchemas('#/components/schemas/')
    const paths: Record<string, JsonObject> = {}
    for (const { methods } of services) for (const method of methods) paths[method.path] = operations(method, schemas)
    for (const message of messages) schemas.message(message)
    const document = {
      openapi: '3.1.1',
      info: { title: services.map(({ name }) => name).join(', ') || 'messages', version: '1' },
      paths,
      components: {
        schemas: { ...schemas.definitions(), 'connect.error': connectError },
        responses: { Error: errorResponse },
      },
    }
    return [{ path: 'openapi.json', text: `${JSON.stringify(document, undefined, 2)}\n` }]
  },
}

function operations(method: MethodSchema, schemas: JsonSchemas): JsonObject {
  const { serviceName, name, idempotency, input, output, throws } = method
  const request = schemas.message(input)
  const responses: Record<string, JsonObject> = {
    200: { description: 'The reply.', content: { 'application/json': { schema: schemas.message(output) } } },
    ...Object.fromEntries(declared(method).map(([status, text]) => [status, { ...errorResponse, description: text }])),
    default: { $ref: '#/components/responses/Error' },
  }
  for (const error of throws) schemas.message(error)
  const common = { tags: [serviceName], responses }
  const post = {
    operationId: `${serviceName}.${name}`,
    ...common,
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

const connectError: JsonObject = {
  type: 'object',
  required: ['code'],
  properties: {
    code: { type: 'string', enum: Object.keys(Code).filter(name => Number.isNaN(Number(name)) && name !== 'ok') },
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
