import { streamsIn } from '../core/call.js'
import type { Mistake } from '../core/reasons.js'
import { misuse, type RpcError } from '../core/rpc-error.js'
import { fieldPath } from '../schema/field-path.js'
import { formType, type HttpOptions, type HttpRule, type HttpVerb, takesForm } from '../schema/http-rule.js'
import type { MessageSchema } from '../schema/message.js'
import { isText } from '../schema/parameter-type.js'
import { hasSlashes, type PathTemplate, parseTemplate } from '../schema/path-template.js'
import type { MethodSchema } from '../schema/service.js'
import type { ValueType } from '../schema/type.js'
import type { RouteDeclaration } from './declaration.js'

type Method = Omit<MethodSchema, 'routes'>

/**
 * A route of a method.
 * @param where class and method
 * @throws RpcError `failed_precondition` (`invalid_route`), naming method and route
 */
export function readRoute(where: string, declared: RouteDeclaration, method: Method): HttpRule {
  return new RouteReader(where, declared, method).read()
}

/** Those of success. 205 and 206 tell of something else. */
const statuses: readonly number[] = [200, 201, 202, 203, 204]
const verbs: readonly string[] = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'] satisfies HttpVerb[]
const optionNames = [
  'body',
  'responseBody',
  'status',
  'location',
  'consumes',
  'produces',
] satisfies (keyof HttpOptions)[]

class RouteReader {
  private readonly where: string
  private readonly options: HttpOptions

  constructor(
    where: string,
    private readonly declared: RouteDeclaration,
    private readonly method: Method,
  ) {
    this.where = `${where}: @Http(${JSON.stringify(declared.route)})`
    this.options = declared.options
  }

  read(): HttpRule {
    const [, verb = '', path = ''] = /^([A-Z]+) (.+)$/.exec(this.declared.route) ?? []
    if (!verbs.includes(verb))
      throw this.wrong(
        `it must be a method and a path, such as 'GET /v1/users/{id}'; the methods are ${verbs.join(', ')}`,
      )
    for (const name of Object.keys(this.options))
      if (!(optionNames as string[]).includes(name))
        throw this.wrong(`has no option ${name}; it has ${optionNames.join(', ')}`)
    const template = parseTemplate(path, this.where)
    this.checkVariables(template)
    this.checkVerb(verb as HttpVerb)
    this.checkRequest(template)
    this.checkReply()
    return Object.freeze({ ...this.options, verb: verb as HttpVerb, template })
  }

  private checkVariables(template: PathTemplate): void {
    for (const variable of template.variables) {
      const { field } = variable
      const type = this.fieldOf(this.method.input, field, `{${field}}`)
      const isString = type.kind === 'scalar' && type.name === 'string'
      if (hasSlashes(template, variable) ? !isString : !isText(type))
        throw this.wrong(
          `{${field}} is ${shown(type)}; a variable of several segments must be a string, any other a scalar or an enum`,
        )
    }
  }

  /** Pages and proxies repeat a GET, and any page can make a browser send one. */
  private checkVerb(verb: HttpVerb): void {
    if (verb !== 'GET') return
    if (this.method.idempotency !== 'safe')
      throw this.wrong('GET is for methods without side effects; add @Safe(), or take POST')
    if (this.options.body !== undefined) throw this.wrong('a GET has no body; leave it out')
  }

  private checkRequest({ variables }: PathTemplate): void {
    const { body, consumes } = this.options
    const { input, parameters } = this.method
    const field = body === undefined || body === '*' ? undefined : this.topLevel(input, body, 'body')
    if (consumes === undefined) {
      if (streamsIn(this.method)) this.checkLines(variables.length)
      return
    }
    mediaTypes(consumes, this.wrong)
    if (takesForm(this.options) && !streamsIn(this.method)) return
    if (streamsIn(this.method) && parameters === 'value') {
      if (body !== undefined || variables.length > 0)
        throw this.wrong(
          'the method takes bytes alone, so its route has neither body nor variables; let it take a stream of messages with a field of bytes',
        )
      this.mustBeBytes(input.fields[0]?.type, 'consumes')
      return
    }
    if (field === undefined)
      throw this.wrong(
        `consumes needs the field that takes the bytes: add body: 'data'; only ${formType} can have body: '*'`,
      )
    this.mustBeBytes(field, 'consumes')
  }

  private checkLines(variables: number): void {
    if (this.options.body !== '*')
      throw this.wrong(
        `the method takes a stream of requests: add body: '*' for JSON lines, or consumes: 'image/png' or another media type for bytes`,
      )
    if (this.method.parameters === 'value' && variables > 0)
      throw this.wrong('the method takes a stream of values, so its route has no variables; let it take messages')
  }

  private checkReply(): void {
    const { responseBody, produces, status, location } = this.options
    const { output, result } = this.method
    const field = responseBody === undefined ? undefined : this.topLevel(output, responseBody, 'responseBody')
    if (produces !== undefined) {
      if (mediaTypes(produces, this.wrong).some(type => type.includes('*')))
        throw this.wrong('produces must be one media type, without *')
      this.mustBeBytes(field ?? (result === 'value' ? output.fields[0]?.type : undefined), 'produces')
    }
    if (status !== undefined && !statuses.includes(status))
      throw this.wrong(`status must be one of ${statuses.join(', ')}, got ${String(status)}`)
    if (location === undefined) return
    if (this.method.kind !== 'unary') throw this.wrong('only a unary method can have a location')
    for (const variable of parseTemplate(location, `${this.where}: location`).variables)
      if (!isText(this.fieldOf(output, variable.field, 'location')))
        throw this.wrong(`location: {${variable.field}} must be a scalar or an enum`)
  }

  private mustBeBytes(type: ValueType | undefined, option: 'consumes' | 'produces'): void {
    if (type?.kind === 'scalar' && type.name === 'bytes' && !type.wrapped) return
    const side = option === 'consumes' ? "request's field of body" : 'reply, or its field responseBody,'
    throw this.wrong(
      `${option} is for bytes: the ${side} must have the type bytes${type === undefined ? '' : `, and is ${shown(type)}`}`,
    )
  }

  private topLevel(message: MessageSchema, name: string, option: string): ValueType {
    if (name.includes('.')) throw this.wrong(`${option} must be a field of ${message.name} itself, got ${name}`)
    if (
      message.fields.some(
        ({ type }) => type.kind === 'oneof' && type.cases.some(one => one.name === name || one.jsonName === name),
      )
    )
      throw this.wrong(`${option} cannot be ${name}, a case of a oneOf`)
    return this.fieldOf(message, name, option)
  }

  private fieldOf(message: MessageSchema, name: string, option: string): ValueType {
    const found = fieldPath(message, name)
    if (found !== undefined) return found.type
    throw this.wrong(
      `${option}: ${message.name} has no field ${name}; it has ${message.fields.map(field => field.name).join(', ') || 'none'}`,
    )
  }

  private readonly wrong = (problem: string): RpcError =>
    misuse('invalid_route' satisfies Mistake, `${this.where}: ${problem}`)
}

/** @throws RpcError for a list of media types that is not one */
function mediaTypes(list: string, wrong: (problem: string) => RpcError): string[] {
  const types = list.split(',').map(type => type.trim())
  for (const type of types)
    if (!/^(?:\*\/\*|[\w.+-]+\/(?:\*|[\w.+-]+(?:; ?[\w-]+=[\w.+-]+)*))$/.test(type))
      throw wrong(`${JSON.stringify(type)} is not a media type such as image/png`)
  return types
}

function shown(type: ValueType): string {
  return type.kind === 'scalar' ? type.name : type.kind === 'message' ? type.message.name : `a ${type.kind}`
}
