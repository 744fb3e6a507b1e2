import type { MethodInfo } from '../core/call.js'
import type { PolicyDefinition } from '../core/policy.js'
import type { MessageSchema } from './message.js'
import type { Class } from './type.js'

<<<<<<< HEAD
/** A method of a service. Every protocol binds it and every proxy calls it. */
=======
/** A method of a service, as protocols and proxies bind it. */
>>>>>>> d2e08ac (Write hover texts for the exports)
export interface MethodSchema extends MethodInfo {
  /** The property of the class: `sayHello`. */
  readonly key: string
<<<<<<< HEAD
  /** One request on the wire. Positional arguments are the fields of a generated message, `hello.DivideRequest`. */
  readonly input: MessageSchema
  /** One reply on the wire. A reply that is not a message is the field `value` of a generated one, `hello.DivideResponse`. */
  readonly output: MessageSchema
  /**
   * `message`: the parameter, or each message of the request stream, is the input. `value`: each element of the request stream is the input's only
   * field. `positional`: the parameters are the input's fields, in order.
=======
  /** A request on the wire. Positional arguments are the fields of a generated message, `hello.DivideRequest`. */
  readonly input: MessageSchema
  /** A reply on the wire. A reply that is not a message is the field `value` of a generated one, `hello.DivideResponse`. */
  readonly output: MessageSchema
  /**
<<<<<<< HEAD
   * How parameters and input relate. `message`: the parameter, or each streamed request, is the input. `value`: each streamed request is the
   * input's only field. `positional`: the parameters are the input's fields, in order.
>>>>>>> d2e08ac (Write hover texts for the exports)
=======
   * How parameters and input relate. `message`: the parameter, or each streamed request, is the input. `value`: each streamed request is
   * the input's only field. `positional`: the parameters are the input's fields, in order.
>>>>>>> 6048e17 (Keep comments within 140 columns)
   */
  readonly parameters: 'message' | 'value' | 'positional'
  /**
   * How reply and output relate. `message`: the reply is the output. `value`: it is the output's only field. `nothing`: the output is
   * empty.
   */
  readonly result: 'message' | 'value' | 'nothing'
<<<<<<< HEAD
  /** The declared errors, which arrive as instances of their class. */
  readonly throws: readonly MessageSchema[]
  /** The index of the handler's parameter for the call; undefined if it has none. */
  readonly contextIndex: number | undefined
  /** Declared on the method. They override those of the service. */
  readonly policies: readonly PolicyDefinition[]
  /** Whether there is no reply on the wire: Thrift `oneway`, Avro `one-way`. */
=======
  /** The declared errors. */
  readonly throws: readonly MessageSchema[]
  /** The index of the handler's `@Context()` parameter; undefined if it has none. */
  readonly contextIndex: number | undefined
  /** The policies declared on the method; they win over those of the service. */
  readonly policies: readonly PolicyDefinition[]
  /** Whether it has no reply: Thrift `oneway`, Avro `one-way`. */
>>>>>>> d2e08ac (Write hover texts for the exports)
  readonly oneway: boolean
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
}
