import { described, type JsonObject, type JsonSchemas } from '../../../codecs/json/json-schema.js'
import { streamsIn, streamsOut } from '../../../core/call.js'
import { resumptionOf } from '../../../core/policy.js'
import { fieldPath } from '../../../schema/field-path.js'
import { formType, type HttpRule, successStatus, takesForm } from '../../../schema/http-rule.js'
import type { FieldSchema } from '../../../schema/message.js'
import { hasSlashes } from '../../../schema/path-template.js'
import type { MethodSchema } from '../../../schema/service.js'
import type { ValueType } from '../../../schema/type.js'
import { methodWords, routeWords } from './method-words.js'
import { queryParameters } from './query-parameters.js'

/** A variable of a path in OpenAPI, which holds one segment. */
interface PathParameter {
  readonly name: string
  readonly schema: JsonObject
  readonly description: string | undefined
}

/** The paths of OpenAPI that describe routes. */
export class RestPaths {
  readonly paths = new Map<string, JsonObject>()
  /** The names of the parameters of a path, by the path without them: OpenAPI has each such path once. */
  private readonly names = new Map<string, readonly string[]>()

  constructor(private readonly schemas: JsonSchemas) {}

  /** @param failures the responses of failed calls */
  add(method: MethodSchema, failures: Readonly<Record<string, JsonObject>>): void {
    for (const [at, rule] of method.routes.entries()) {
      const { path, parameters } = this.pathOf(rule, method)
      const operation = described(method.doc, {
        operationId: `${method.serviceName}.${method.name}.route${at + 1}`,
        tags: [method.serviceName],
        parameters: [...parameters.map(inPath), ...queryParameters(method, rule, this.schemas), ...resuming(method)],
        ...this.body(rule, method),
        responses: { ...this.success(rule, method), ...failures },
        ...(method.deprecated && { deprecated: true }),
        'x-polywire-method': methodWords(method, this.schemas),
        'x-polywire-route': routeWords(rule),
      })
      this.paths.set(path, { ...this.paths.get(path), [rule.verb.toLowerCase()]: operation })
    }
  }

  /** `/v1/shelves/{name}` for `/v1/{name=shelves/*}`. */
  private pathOf(rule: HttpRule, method: MethodSchema): { path: string; parameters: PathParameter[] } {
    const { segments, verb } = rule.template
    const own = segments.flatMap((segment, at) => (segment.startsWith('*') ? [this.parameter(rule, method, at)] : []))
    const suffix = verb === '' ? '' : `:${verb}`
    const shape = `/${segments.map(one => (one.startsWith('*') ? '{}' : one)).join('/')}${suffix}`
    const names = this.names.get(shape) ?? own.map(({ name }) => name)
    this.names.set(shape, names)
    const parameters = own.map((one, at) => ({ ...one, name: names[at] ?? one.name }))
    let next = 0
    return { path: shape.replaceAll('{}', () => `{${parameters[next++]?.name}}`), parameters }
  }

  private parameter({ template }: HttpRule, { input }: MethodSchema, at: number): PathParameter {
    const { segments, variables } = template
    const variable = variables.find(({ from, to }) => at >= from && at < to)
    if (variable === undefined) return { name: `segment${at + 1}`, schema: { type: 'string' }, description: undefined }
    const within = segments.slice(variable.from, variable.to)
    const wildcards = within.filter(one => one.startsWith('*')).length
    const description = hasSlashes(template, variable)
      ? `${variable.field} is ${within.join('/')} of the path.`
      : undefined
    const type = hasSlashes(template, variable) ? undefined : fieldPath(input, variable.field)?.type
    return {
      name: wildcards === 1 ? variable.field : `${variable.field}.${at - variable.from + 1}`,
      schema: type === undefined ? { type: 'string' } : this.schemas.type(type),
      description,
    }
  }

  private body(rule: HttpRule, method: MethodSchema): JsonObject {
    const { body, consumes, template } = rule
    const { input } = method
    const isForm = takesForm(rule)
    if (consumes !== undefined && !isForm)
      return requestBody(Object.fromEntries(consumes.split(',').map(type => [type.trim(), {}])))
    if (body === undefined) return {}
    if (body !== '*') return requestBody({ 'application/json': { schema: this.fieldSchema(input, body) } })
    const mediaType = isForm ? formType : streamsIn(method) ? 'application/x-ndjson' : 'application/json'
    const inPath = new Set(
      template.variables
        .map(({ field }) => fieldPath(input, field)?.steps)
        .map(steps => (steps?.length === 1 ? steps[0]?.key : undefined)),
    )
    const fields = input.fields.filter(({ key }) => !inPath.has(key))
    const schema = inPath.size === 0 ? this.schemas.message(input) : this.schemas.object({ ...input, fields })
    return requestBody({ [mediaType]: isForm ? { schema, ...encoding(fields) } : { schema } })
  }

  private success(rule: HttpRule, method: MethodSchema): Record<string, JsonObject> {
    const { location, produces, responseBody } = rule
    const status = successStatus(rule, method)
    const headers = location === undefined ? {} : { headers: { Location: { schema: { type: 'string' } } } }
    if (status === 204) return { 204: { description: 'It is done.', ...headers } }
    const reply =
      responseBody === undefined ? this.schemas.message(method.output) : this.fieldSchema(method.output, responseBody)
    const types =
      produces !== undefined
        ? [produces]
        : streamsOut(method)
          ? ['application/x-ndjson', 'text/event-stream']
          : ['application/json']
    const content = Object.fromEntries(types.map(type => [type, produces === undefined ? { schema: reply } : {}]))
    return {
      [status]: {
        description: streamsOut(method) ? 'The replies, one after the other.' : 'The reply.',
        ...headers,
        content,
      },
    }
  }

  private fieldSchema(message: MethodSchema['input'], field: string): JsonObject {
    return this.schemas.type(fieldPath(message, field)?.type as ValueType)
  }
}

function inPath({ name, schema, description }: PathParameter): JsonObject {
  return { name, in: 'path', required: true, schema, ...(description !== undefined && { description }) }
}

/** Of a `@Resumable` method: where its stream goes on. */
function resuming(method: MethodSchema): JsonObject[] {
  if (resumptionOf(method) === undefined) return []
  const description = 'The id of the last event that the client has seen. The stream goes on after it.'
  return [{ name: 'Last-Event-ID', in: 'header', schema: { type: 'string' }, description }]
}

/** Fields of fields in a form: `page[size]=10`. OpenAPI's default would be JSON. */
function encoding(fields: readonly FieldSchema[]): JsonObject {
  const nested = fields.filter(({ type }) => type.kind === 'message')
  if (nested.length === 0) return {}
  return { encoding: Object.fromEntries(nested.map(one => [one.jsonName, { style: 'deepObject', explode: true }])) }
}

function requestBody(content: JsonObject): JsonObject {
  return { requestBody: { required: true, content } }
}
