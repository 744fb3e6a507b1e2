import type { MessageSchema } from '../schema/message.js'
import { messagesIn } from '../schema/reachable.js'

/** Which checks a message has passed, with all that it contains: a bit for each. One table for many checks, since servers have thousands. */
const tables: WeakMap<MessageSchema, number>[] = []
const checksPerTable = 31
let checks = 0

/**
 * Applies what a codec demands of messages to one of them and to all that it contains. What has passed once is not checked again.
 * @param check throws an RpcError `failed_precondition` for a message that the codec cannot carry
 */
export function schemaCheck(check: (schema: MessageSchema) => void): (schema: MessageSchema) => void {
  const bit = 1 << (checks % checksPerTable)
  const at = Math.floor(checks++ / checksPerTable)
  const passed = tables[at] ?? new WeakMap<MessageSchema, number>()
  tables[at] = passed
  const hasPassed = (schema: MessageSchema) => ((passed.get(schema) ?? 0) & bit) !== 0
  return root => {
    if (hasPassed(root)) return
    const seen = new Set<MessageSchema>()
    // Without recursion: a chain of 10,000 messages would be as deep as that.
    const stack = [root]
    for (let schema = stack.pop(); schema !== undefined; schema = stack.pop()) {
      if (seen.has(schema) || hasPassed(schema)) continue
      seen.add(schema)
      check(schema)
      stack.push(...schema.fields.flatMap(field => messagesIn(field.type)).reverse())
    }
    for (const schema of seen) passed.set(schema, (passed.get(schema) ?? 0) | bit)
  }
}
