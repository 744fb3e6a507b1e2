import type { MessageSchema } from '../schema/message.js'
import { messagesIn } from '../schema/reachable.js'

/**
 * Applies what a codec demands of messages to one of them and to all that it contains. What has passed once is not checked again.
 * @param check throws an RpcError `failed_precondition` for a message that the codec cannot carry
 */
export function schemaCheck(check: (schema: MessageSchema) => void): (schema: MessageSchema) => void {
  const passed = new WeakSet<MessageSchema>()
  return root => {
    if (passed.has(root)) return
    const seen = new Set<MessageSchema>()
    const visit = (schema: MessageSchema): void => {
      if (seen.has(schema) || passed.has(schema)) return
      seen.add(schema)
      check(schema)
      for (const field of schema.fields) for (const inner of messagesIn(field.type)) visit(inner)
    }
    visit(root)
    for (const schema of seen) passed.add(schema)
  }
}
