import { isObject } from '../../codecs/values/fault.js'
import { lastName } from '../../protocols/standard-services/descriptor-names.js'
import type { JsonObject } from '../../schema/json-value.js'
import type { Documented, MessageModel, MethodModel, RouteModel } from '../model.js'
import type { DocumentNode } from './node.js'
import type { SchemaReader } from './schemas.js'

/** What `x-polywire-method` says of an operation: what OpenAPI and JSON Schema have no word for. */
interface OwnMethod {
  /** `hello.Hello/SayHello` */
  readonly name: string
  /** The request, or the message that holds the arguments. */
  readonly accepts?: string
  readonly args?: string
  /** The reply, or the message whose field `value` it is. Default: none. */
  readonly returns?: string
  readonly value?: string
  readonly streams?: readonly ('in' | 'out')[]
  readonly idempotency?: MethodModel['idempotency']
  readonly oneway?: true
  readonly throws?: readonly string[]
  readonly throwIds?: readonly number[]
  readonly properties?: JsonObject
}

/** The methods of a document that polywire wrote, by service. The messages that hold arguments and replies are taken away. */
export class OwnMethods {
  readonly services = new Map<string, MethodModel[]>()
  private readonly methods = new Map<string, { model: MethodModel; routes: RouteModel[] }>()
  private readonly accepted = new Set<string>()

  constructor(
    private readonly schemas: SchemaReader,
    private readonly root: DocumentNode,
  ) {}

  add(operation: DocumentNode): void {
    const own = operation.get('x-polywire-method')?.json as OwnMethod
    const route = operation.get('x-polywire-route')?.json
    let known = this.methods.get(own.name)
    if (known === undefined) {
      const routes: RouteModel[] = []
      const model = { ...this.method(own, operation), routes }
      known = { model, routes }
      this.methods.set(own.name, known)
      const service = own.name.slice(0, own.name.indexOf('/'))
      const methods = this.services.get(service) ?? []
      this.services.set(service, methods)
      methods.push(model)
    }
    if (isObject(route)) known.routes.push(route as unknown as RouteModel)
  }

  /** Without those that hold arguments and replies. */
  messages(): MessageModel[] {
    const schemas = this.root.get('components')?.get('schemas')
    const isWrapper = (name: string) => schemas?.get(name)?.get('x-polywire-wrapper')?.json === true
    return [...this.schemas.messages.values()].filter(({ name }) => this.accepted.has(name) || !isWrapper(name))
  }

  private method(own: OwnMethod, operation: DocumentNode): MethodModel {
    const { name, accepts, args, returns, value, streams = [], throws = [], throwIds, properties } = own
    const wrapped = value === undefined ? undefined : this.wrapper(value, operation)
    if (accepts !== undefined) this.accepted.add(accepts)
    const [reply] = wrapped?.fields ?? []
    const field = reply?.kind === 'field' ? reply : undefined
    return {
      name: lastName(name.replace('/', '.')),
      doc: operation.text('description')?.trim(),
      deprecated: operation.get('deprecated')?.json === true || undefined,
      input:
        accepts !== undefined
          ? { message: accepts, streams: streams.includes('in') }
          : { args: args === undefined ? [] : this.arguments(args, operation) },
      output: returns === undefined ? field?.type : { kind: 'named', name: returns },
      outputStreams: streams.includes('out'),
      outputIsOptional: (field !== undefined && field.presence !== 'required') || undefined,
      idempotency: own.idempotency ?? 'unknown',
      oneway: own.oneway === true,
      throws,
      throwIds,
      properties,
      outputNullAt: field?.nullAt,
    }
  }

  private arguments(name: string, operation: DocumentNode) {
    const { fields } = this.wrapper(name, operation)
    return fields.flatMap(field => {
      if (field.kind === 'oneof') return []
      if (field.presence === 'required') return [{ ...field, presence: 'implicit' as const }]
      return [field.initial === undefined ? { ...field, presence: 'optional' as const } : field]
    })
  }

  private wrapper(name: string, operation: DocumentNode): MessageModel {
    const found = this.schemas.messages.get(name)
    if (found === undefined) throw operation.refusal(name, 'components have no such message')
    return found
  }

  /** What a tag says of a service. */
  documented(service: string): Documented {
    const tags = this.root.get('tags')?.elements() ?? []
    const tag = tags.find(one => one.text('name') === service)
    const properties = tag?.get('x-polywire-properties')?.json
    return {
      doc: tag?.text('description')?.trim(),
      deprecated: tag?.get('x-polywire-deprecated')?.json === true || undefined,
      properties: isObject(properties) ? (properties as JsonObject) : undefined,
    }
  }
}
