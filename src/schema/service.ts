import type { MethodInfo } from '../core/call.js'
import type { PolicyDefinition } from '../core/policy.js'
import type { MessageSchema } from './message.js'
import type { Class } from './type.js'

/** A method of a service. Every protocol binds it and every proxy calls it. */
export interface MethodSchema extends MethodInfo {
  /** The property: `sayHello`. */
  readonly key: string
  /** One request on the wire. Positional arguments are the fields of a generated message, `hello.DivideRequest`. */
  readonly input: MessageSchema
  /** One reply on the wire. A reply that is not a message is the field `value` of a generated one, `hello.DivideResponse`. */
  readonly output: MessageSchema
  /**
   * `message`: the parameter, or each message of the request stream, is the input. `value`: each element of the request stream is the input's only
   * field. `positional`: the parameters are the input's fields, in order.
   */
  readonly parameters: 'message' | 'value' | 'positional'
  /** `message`: the reply is the output. `value`: it is the output's only field. `nothing`: the output is empty. */
  readonly result: 'message' | 'value' | 'nothing'
  /** The declared errors, which arrive as instances of their class. */
  readonly throws: readonly MessageSchema[]
  /** The index of the handler's parameter for the call; undefined if it has none. */
  readonly contextIndex: number | undefined
  /** Declared on the method. They override those of the service. */
  readonly policies: readonly PolicyDefinition[]
  /** Whether there is no reply on the wire: Thrift `oneway`, Avro `one-way`. */
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
