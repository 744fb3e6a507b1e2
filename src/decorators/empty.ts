import type { MessageSchema } from '../schema/message.js'
import { messageSchemaOf } from '../schema/resolve.js'
import type { NothingType, Type } from '../schema/type.js'
import { Message } from './message.js'

/** A message without fields: `google.protobuf.Empty`. */
@Message('google.protobuf.Empty')
export class Empty {}

/**
 * The type of a method that returns nothing, `Promise<void>`, as `google.protobuf.Empty`. `nothing` gives each method a message of its own.
 *
 * @example
 * @Method({ accepts: Order, returns: empty })
 * async putOrder(order: Order): Promise<void> { ... }
 */
export const empty: Type<void> & NothingType = Object.freeze({
  kind: 'nothing' as const,
  get message() {
    return messageSchemaOf(Empty) as MessageSchema
  },
})
