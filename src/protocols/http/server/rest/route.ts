import type { Codec, Serializer } from '../../../../codecs/codec.js'
import { json } from '../../../../codecs/json/codec.js'
import { compileMethod } from '../../../../codecs/method-serializers.js'
import { streamsIn, streamsOut } from '../../../../core/call.js'
import { Code } from '../../../../core/code.js'
import { failure } from '../../../../core/rpc-error.js'
import { type FieldPath, type FieldStep, fieldPath } from '../../../../schema/field-path.js'
import { type HttpRule, routeOf, successStatus, takesForm } from '../../../../schema/http-rule.js'
import type { FieldSchema, MessageSchema } from '../../../../schema/message.js'
import type { PathVariable } from '../../../../schema/path-template.js'
import type { MethodSchema } from '../../../../schema/service.js'
import type { ServerSettings } from '../../../protocol.js'
import type { ServedMethod } from '../served-method.js'
import { bodyValue } from './body-value.js'
import { Location } from './location.js'
import { malformed, Parameters } from './parameters.js'
import { valueIn } from './path-values.js'
import type { RouteEntry } from './route-table.js'

type Fields = Record<string, unknown>

/** What a request gives its route. */
export interface RouteInput {
  /** Of the path, not decoded. */
  readonly segments: readonly string[]
  /** Without the question mark. */
  readonly query: string
}

/** What is made once for a route, for its first request. */
interface Compiled {
  /** Reads the whole request message. */
  readonly request: Serializer
  /** Reads a line of a stream. */
  readonly line: Serializer
  /** Reads the field that is the body. */
  readonly body: { readonly field: FieldSchema; readonly serializer: Serializer } | undefined
  readonly variables: readonly (PathVariable & FieldPath)[]
  readonly reply: Serializer
  /** Picks what is sent of a reply. */
  readonly pick: (reply: unknown) => unknown
}

/** A route of REST: how its requests become messages, and replies responses. */
export class RestRoute implements RouteEntry {
  readonly method: MethodSchema
  readonly location: Location | undefined
  private readonly codec: Codec
  private compiled: Compiled | undefined

  constructor(
    readonly served: ServedMethod,
    readonly rule: HttpRule,
    private readonly settings: ServerSettings,
  ) {
    this.method = served.schema
    this.codec = settings.codecs.get('json') ?? json
    this.location = rule.location === undefined ? undefined : new Location(rule.location, this.method)
  }

  /** Whether the handler gets the body in chunks. */
  get isUpload(): boolean {
    return streamsIn(this.method)
  }

  get hasStream(): boolean {
    return streamsOut(this.method)
  }

  get contentType(): string {
    return this.rule.produces ?? 'application/json'
  }

  /** The value of `accept` for a request whose body has the wrong type. */
  get accepts(): string {
    return this.rule.consumes ?? (this.isUpload ? 'application/x-ndjson' : 'application/json')
  }

  get status(): number {
    return successStatus(this.rule, this.method)
  }

  /** The request of a call. @param bytes the body, decompressed. @throws RpcError `invalid_argument` */
  request(input: RouteInput, bytes: Uint8Array): unknown {
    const { rule } = this
    const { body, request, variables } = this.ready()
    const fromUrl = () => request.decode(this.parameters(input).bytes()) as Fields
    if (rule.body === undefined) {
      if (bytes.byteLength === 0) return fromUrl()
      throw failure(
        'malformed_request',
        Code.invalid_argument,
        `${this.name} takes no body; its fields are in the path and the query`,
      )
    }
    if (body !== undefined) {
      const message = fromUrl()
      const { key } = body.field
      if (bytes.byteLength === 0 && rule.consumes === undefined) return message
      const value = body.serializer.decode(bytes)
      const inPath = message[key] as Fields | undefined
      for (const { steps } of variables) if (steps[0]?.key === key) copy(steps.slice(1), inPath ?? {}, value as Fields)
      message[key] = value
      return message
    }
    refuseQuery(input)
    if (takesForm(rule)) {
      const parameters = this.parameters(input)
      parameters.addForm(Buffer.from(bytes).toString())
      return request.decode(parameters.bytes())
    }
    return this.withPath(request.decode(bytes.byteLength === 0 ? emptyObject : bytes) as Fields, input)
  }

  /** Fields in the path win over those in the body. */
  private withPath(message: Fields, input: RouteInput): Fields {
    const { request, variables } = this.ready()
    if (variables.length === 0) return message
    const inPath = request.decode(this.parameters(input).bytes()) as Fields
    for (const { steps } of variables) copy(steps, inPath, message)
    return message
  }

  /** The request for a chunk of an upload. */
  chunk(input: RouteInput): (bytes: Uint8Array) => unknown {
    if (this.method.parameters === 'value') return bytes => bytes
    const { request } = this.ready()
    const key = this.ready().body?.field.key ?? ''
    const json = this.parameters(input).bytes()
    return bytes => Object.assign(request.decode(json) as Fields, { [key]: bytes })
  }

  /** The request for a line of JSON. */
  line(input: RouteInput): (bytes: Uint8Array) => unknown {
    const { line } = this.ready()
    if (this.method.parameters === 'value') return bytes => line.decode(bytes)
    refuseQuery(input)
    return bytes => this.withPath(line.decode(bytes) as Fields, input)
  }

  encode(reply: unknown): Uint8Array {
    const { pick, reply: serializer } = this.ready()
    return serializer.encode(pick(reply))
  }

  warmUp(codecs: readonly Codec[]): void {
    if (!codecs.includes(this.codec)) return
    const { request, line, body, reply } = this.ready()
    for (const serializer of [request, line, body?.serializer, reply]) serializer?.prepare?.()
  }

  get name(): string {
    return routeOf(this.rule)
  }

  private parameters({ segments, query }: RouteInput): Parameters {
    const { template } = this.rule
    const parameters = new Parameters(this.method.input)
    for (const variable of this.ready().variables)
      parameters.setVariable(variable, variable.field, valueIn(segments, variable, template))
    const { body } = this.ready()
    if (query !== '') parameters.addQuery(query, body?.field)
    return parameters
  }

  private ready(): Compiled {
    this.compiled ??= this.compile()
    return this.compiled
  }

  private compile(): Compiled {
    const { codec, method, rule } = this
    const { limits } = this.settings
    const { input } = method
    const { reply } = compileMethod(codec, { ...method, throws: [] }, limits)
    const field = rule.body === undefined || rule.body === '*' ? undefined : fieldOf(input, rule.body)
    const variables = rule.template.variables.map(variable => {
      const { steps, type } = fieldPath(input, variable.field) as NonNullable<ReturnType<typeof fieldPath>>
      return { ...variable, steps, type }
    })
    const request = codec.compile(input, limits)
    return {
      request,
      line: method.parameters === 'value' ? bodyValue(codec, input.fields[0] as FieldSchema, limits) : request,
      body: field && { field, serializer: rule.consumes === undefined ? bodyValue(codec, field, limits) : rawBytes },
      variables,
      ...this.compileReply(reply),
    }
  }

  private compileReply(whole: Serializer): Pick<Compiled, 'reply' | 'pick'> {
    const { codec, method, rule } = this
    const { output, result } = method
    const name = rule.responseBody ?? (rule.produces === undefined ? undefined : output.fields[0]?.name)
    if (name === undefined) return { reply: whole, pick: reply => reply }
    const field = fieldOf(output, name)
    const reply = rule.produces === undefined ? bodyValue(codec, field, this.settings.limits) : rawBytes
    return { reply, pick: result === 'value' ? value => value : message => (message as Fields)[field.key] }
  }
}

function refuseQuery({ query }: RouteInput): void {
  if (query !== '')
    throw malformed(query.split('=', 1)[0] ?? '', 'this route takes none, because its body holds every field')
}

const emptyObject = Buffer.from('{}')

/** Bytes are the body themselves. */
const rawBytes: Serializer = {
  encode(value) {
    if (value === undefined) return new Uint8Array(0)
    if (value instanceof Uint8Array) return value
    throw failure('invalid_message', Code.invalid_argument, 'expected bytes (a Uint8Array)')
  },
  decode: bytes => new Uint8Array(bytes),
}

function fieldOf({ fields }: MessageSchema, name: string): FieldSchema {
  return fields.find(field => field.name === name || field.jsonName === name) as FieldSchema
}

/** Copies a field into another message. A oneOf is copied whole. */
function copy(steps: readonly FieldStep[], from: Fields, to: Fields): void {
  let [source, target] = [from, to]
  for (const [at, { key, isCase }] of steps.entries()) {
    if (at === steps.length - 1 || isCase || target[key] === undefined) {
      target[key] = source[key]
      return
    }
    source = source[key] as Fields
    target = target[key] as Fields
  }
}
