import type { MethodInfo } from '../core/call.js'
import type { PolicyDefinition } from '../core/policy.js'
import type { MessageSchema } from './message.js'
import type { Class } from './type.js'

/** A method of a service: what every protocol binds and every proxy calls. */
export interface MethodSchema extends MethodInfo {
  /** The property: `sayHello`. */
  readonly key: string
  /** What one request is on the wire. Positional arguments make a message of their own, `hello.DivideRequest`. */
  readonly input: MessageSchema
  /** What one reply is on the wire. A reply that is no message is the field `value` of one of its own, `hello.DivideResponse`. */
  readonly output: MessageSchema
  /** `message`: the one parameter (or each one streamed in) is the input. `value`: each one streamed in is the input's only field. `positional`: the input's fields are the parameters, in order. */
  readonly parameters: 'message' | 'value' | 'positional'
  /** `message`: the reply is the output. `value`: it is the output's only field. `nothing`: the output is empty. */
  readonly result: 'message' | 'value' | 'nothing'
  /** Errors that travel typed. */
  readonly throws: readonly MessageSchema[]
  /** Where the handler's parameter list takes the call; undefined when it does not. */
  readonly contextIndex: number | undefined
  /** Declared on the method; they win over those of the service. */
  readonly policies: readonly PolicyDefinition[]
  /** Wire has no reply: Thrift `oneway`, Avro `one-way`. */
  readonly oneway: boolean
}

export interface ServiceSchema<T = unknown> {
  /** `hello.Hello` */
  readonly name: string
  readonly class: Class<T>
  /** In the order of declaration, inherited ones first. */
  readonly methods: readonly MethodSchema[]
  readonly policies: readonly PolicyDefinition[]
}
