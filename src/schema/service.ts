import type { MethodInfo } from '../core/call.js'
import type { PolicyDefinition } from '../core/policy.js'
import type { HttpRule } from './http-rule.js'
import type { JsonObject } from './json-value.js'
import type { MessageSchema } from './message.js'
import type { Class } from './type.js'

/** A method of a service, as protocols and proxies bind it. */
export interface MethodSchema extends MethodInfo {
  /** The property of the class: `sayHello`. */
  readonly key: string
  /** A request on the wire. Positional arguments are the fields of a generated message, `hello.DivideRequest`. */
  readonly input: MessageSchema
  /** A reply on the wire. A reply that is not a message is the field `value` of a generated one, `hello.DivideResponse`. */
  readonly output: MessageSchema
  /**
   * How parameters and input relate. `message`: the parameter, or each streamed request, is the input. `value`: each streamed request is
   * the input's only field. `positional`: the parameters are the input's fields, in order.
   */
  readonly parameters: 'message' | 'value' | 'positional'
  /**
   * How reply and output relate. `message`: the reply is the output. `value`: it is the output's only field. `nothing`: the output is
   * empty.
   */
  readonly result: 'message' | 'value' | 'nothing'
  /** The declared errors. */
  readonly throws: readonly MessageSchema[]
  /** Thrift's ids of the declared errors, in their order. Default: 1, 2, 3 ... */
  readonly throwIds?: readonly number[]
  /** The index of the handler's `@Context()` parameter; undefined if it has none. */
  readonly contextIndex: number | undefined
  /** The policies declared on the method; they win over those of the service. */
  readonly policies: readonly PolicyDefinition[]
  /** Whether it has no reply: Thrift `oneway`, Avro `one-way`. */
  readonly oneway: boolean
  /** The routes of REST that call it, in the order in which `@Http` gives them. */
  readonly routes: readonly HttpRule[]
  /** What `@Doc` says of it. Default: nothing. */
  readonly doc?: string | undefined
  /** Whether callers should no longer use it. Default: false. */
  readonly deprecated?: boolean | undefined
  /** Custom properties of its message in Avro protocols, and annotations in Thrift. Default: none. */
  readonly properties?: JsonObject | undefined
}

/** A service: its class and its methods. */
export interface ServiceSchema<T = unknown> {
  /** The name on the wire: `hello.Hello`. */
  readonly name: string
  /** The class with `@Service`. */
  readonly class: Class<T>
  /** The methods in the order of declaration, inherited ones first. */
  readonly methods: readonly MethodSchema[]
  /** The policies declared on the class. */
  readonly policies: readonly PolicyDefinition[]
  /** What `@Doc` says of it. Default: nothing. */
  readonly doc?: string | undefined
  /** Whether callers should no longer use it. Default: false. */
  readonly deprecated?: boolean | undefined
  /** Custom properties of its Avro protocol, and annotations in Thrift. Default: none. */
  readonly properties?: JsonObject | undefined
}
