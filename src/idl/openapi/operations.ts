import { RpcError } from '../../core/rpc-error.js'
import { formType } from '../../schema/http-rule.js'
import { parseTemplate } from '../../schema/path-template.js'
import type { FieldModel, MessageModel, MethodModel, RouteModel } from '../model.js'
import { contentOf, type Form } from './content.js'
import type { ErrorReplies } from './errors.js'
import { formFields } from './forms.js'
import { fieldModel } from './message.js'
import type { DocumentNode } from './node.js'
import { type Parameters, parametersOf } from './parameters.js'
import { scalar } from './scalars.js'
import type { SchemaReader } from './schemas.js'
import { pathPrefix } from './servers.js'

/** An operation of a path. */
export interface Operation {
  readonly path: string
  /** In lower case. */
  readonly verb: string
  readonly item: DocumentNode
  readonly node: DocumentNode
  /** The name of the method. */
  readonly name: string
  /** The full name of the service. */
  readonly service: string
}

/** What is read from a request or a response. */
type Request = Pick<MethodModel, 'input'> & { readonly route: Partial<RouteModel> }
type Reply = Pick<MethodModel, 'output' | 'outputStreams'> & { readonly route: Partial<RouteModel> }

/** Makes methods of the operations of any API. */
export class OperationReader {
  /** Those of headers and cookies. */
  readonly headers = new Set<string>()
  private readonly routes = new Set<string>()

  constructor(
    private readonly schemas: SchemaReader,
    private readonly errors: ErrorReplies,
    private readonly root: DocumentNode,
    private readonly space: string,
  ) {}

  /** @throws Refusal for what a route of `@Http` does not have */
  method(operation: Operation): MethodModel {
    const { node, verb, name } = operation
    if (!verbs.has(verb)) throw node.refusal(verb.toUpperCase(), '@Http has GET, PUT, POST, PATCH and DELETE')
    const owner = this.ownerOf(operation)
    const parameters = parametersOf(parameterNodes(operation), owner, this.schemas)
    for (const header of parameters.headers) this.headers.add(header)
    const path = this.template(operation, parameters)
    const request = this.request(operation, owner, parameters)
    const reply = this.reply(operation)
    const route = { route: `${verb.toUpperCase()} ${path}`, ...request.route, ...reply.route }
    return {
      name,
      doc: docOf(node),
      deprecated: node.get('deprecated')?.json === true || undefined,
      input: request.input,
      output: reply.output,
      outputStreams: reply.outputStreams,
      idempotency: verb === 'get' ? 'safe' : verb === 'put' || verb === 'delete' ? 'idempotent' : 'unknown',
      oneway: false,
      routes: [route],
      throws: this.errors.of(node),
    }
  }

  /** The full name of the request. Two services may have a method of one name. */
  private ownerOf({ name, service }: Operation): string {
    const request = `${this.space}.${name}Request`
    return this.schemas.reserve(this.schemas.around.names.has(request) ? `${service}${name}Request` : request)
  }

  private template({ path, node, item, verb }: Operation, { variables }: Parameters): string {
    const named = path.replace(/\{([^{}]*)\}/g, (_, name: string) => {
      const field = variables.get(name)
      if (field === undefined) throw node.refusal(`{${name}}`, 'the path has a variable that is no parameter')
      return `{${field}}`
    })
    const text = pathPrefix(node, item, this.root) + named
    try {
      parseTemplate(text, path)
    } catch (error) {
      throw node.refusal(`path ${path}`, RpcError.from(error).message.replace(/^.*? is not valid: /, '@Http: '))
    }
    const shape = `${verb} ${text.replace(/\{\w+\}/g, '{}')}`
    if (this.routes.has(shape)) throw node.refusal(`path ${path}`, 'another operation has the same requests')
    this.routes.add(shape)
    return text
  }

  private request({ node, verb }: Operation, owner: string, parameters: Parameters): Request {
    const body = node.get('requestBody')?.followed()
    const content = body && contentOf(body, false)
    if (content !== undefined && verb === 'get') throw node.refusal('requestBody', 'a GET has no body')
    const { fields } = parameters
    if (body === undefined || content === undefined) {
      if (fields.length === 0) return { input: { args: [] }, route: {} }
      return { input: this.message(owner, fields), route: {} }
    }
    if (content.kind === 'form') {
      const form = this.form(content, owner, parameters)
      if (form !== undefined) return { input: form, route: { body: '*', consumes: formType } }
    }
    const name = parameters.names.free('body')
    if (content.kind === 'bytes' || content.kind === 'form') {
      const types = content.kind === 'bytes' ? mediaTypes(content.mediaTypes, body) : [formType]
      const field: FieldModel = { ...bytesField, name, jsonName: name }
      const input = this.message(owner, [...fields, field])
      return { input, route: { body: name, consumes: types.join(', ') } }
    }
    const required = new Set(body.get('required')?.json === true ? [name] : [])
    const place = { name, jsonName: name, owner, reader: this.schemas }
    if (fields.length === 0 && this.schemas.isMessage(content.schema)) {
      const { type } = this.schemas.read(content.schema, owner)
      if (type.kind === 'named') return { input: { message: type.name, streams: false }, route: { body: '*' } }
    }
    const field = fieldModel(content.schema, place, required)
    return { input: this.message(owner, [...fields, field]), route: { body: name } }
  }

  /** The request that a form is; undefined for one with other fields than a query has, or beside a query. */
  private form({ schema, encoding }: Form, owner: string, parameters: Parameters): MethodModel['input'] | undefined {
    const { schemas } = this
    const { fields, variables } = parameters
    if (fields.length > variables.size || !schemas.isMessage(schema)) return undefined
    const { type } = schemas.read(schema, owner)
    const message = type.kind === 'named' ? schemas.messageOf(type.name) : undefined
    const own = message && formFields(message, encoding, schemas)
    if (message === undefined || own === undefined) return undefined
    const isWhole = fields.length === 0 && own.every((one, at) => one === message.fields[at])
    if (isWhole) return { message: message.name, streams: false }
    const names = new Set(fields.map(one => one.name))
    return own.some(one => names.has(one.name)) ? undefined : this.message(owner, [...fields, ...own])
  }

  private reply({ node, name }: Operation): Reply {
    const success = successOf(node)
    if (success === undefined) return { output: undefined, outputStreams: false, route: {} }
    const [status, response] = success
    const content = status === 204 ? undefined : contentOf(response, true)
    const usual = content === undefined ? 204 : 200
    const route = status === usual ? {} : { status }
    if (content === undefined) return { output: undefined, outputStreams: false, route }
    if (content.kind === 'bytes') {
      const [produces = ''] = mediaTypes(content.mediaTypes, response)
      if (produces.includes('*')) throw response.refusal(produces, 'a response has one media type')
      return { output: scalar('bytes'), outputStreams: false, route: { ...route, produces } }
    }
    const { type } = this.schemas.read(content.schema, `${this.space}.${name}Response`)
    const isMessage = type.kind === 'named' && !this.schemas.enums.has(type.name)
    return {
      output: type,
      outputStreams: content.kind === 'stream',
      route: isMessage ? route : { ...route, responseBody: 'value' },
    }
  }

  private message(name: string, fields: MessageModel['fields']): MethodModel['input'] {
    const localName = this.schemas.localName(name)
    this.schemas.messages.set(name, { name, localName, isError: false, fields })
    return { message: name, streams: false }
  }
}

const verbs: ReadonlySet<string> = new Set(['get', 'put', 'post', 'patch', 'delete'])

const bytesField = {
  kind: 'field' as const,
  number: undefined,
  type: scalar('bytes'),
  presence: 'implicit' as const,
}

/** Those of the path, and over them those of the operation. */
function parameterNodes({ item, node }: Operation): DocumentNode[] {
  const all = [item, node].flatMap(one => one.get('parameters')?.elements() ?? []).map(one => one.followed())
  return [...new Map(all.map(one => [`${one.text('in')} ${one.text('name')}`, one])).values()]
}

/** The response of success. Ranges and `default` stand for 200; undefined if only failures are described. */
function successOf(node: DocumentNode): readonly [status: number, response: DocumentNode] | undefined {
  const all = node.get('responses')?.entries() ?? []
  const [first] = all.filter(([status]) => /^2\d\d$/.test(status)).sort(([one], [other]) => Number(one) - Number(other))
  const found = first ?? all.find(([status]) => /^2XX$/i.test(status)) ?? all.find(([status]) => status === 'default')
  const [given, response] = found ?? all.find(([status]) => !/^[45]/.test(status)) ?? []
  if (given === undefined || response === undefined) return undefined
  const status = Number(given) || 200
  if (status < 200 || status > 204) throw response.refusal(`status ${given}`, 'a route answers with 200 to 204')
  return [status, response.followed()]
}

/** As `consumes` and `produces` take them: `text/plain; charset=utf-8` of `text/plain ;charset="utf-8"`. */
function mediaTypes(types: readonly string[], node: DocumentNode): readonly string[] {
  const plain = types.map(type => type.replace(/\s*;\s*/g, '; ').replace(/="([\w.+-]+)"/g, '=$1'))
  const wrong = plain.find(type => !/^[\w.+-]+\/(?:\*|[\w.+-]+(?:; [\w-]+=[\w.+-]+)*)$/.test(type))
  if (wrong !== undefined) throw node.refusal(wrong, 'it is not a media type such as image/png')
  return plain
}

function docOf(node: DocumentNode): string | undefined {
  const parts = ['summary', 'description'].map(name => node.text(name)?.trim())
  return [...new Set(parts)].filter(part => part !== undefined).join('\n\n') || undefined
}
