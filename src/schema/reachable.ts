import type { MessageSchema } from './message.js'
import type { ValueType } from './type.js'

/** These messages and all messages that they contain, directly or not. Resolves all of them. */
export function reachableMessages(messages: readonly MessageSchema[]): ReadonlySet<MessageSchema> {
  const seen = new Set<MessageSchema>()
  const queue = [...messages]
  for (let message = queue.pop(); message !== undefined; message = queue.pop()) {
    if (seen.has(message)) continue
    seen.add(message)
    for (const field of message.fields) queue.push(...messagesIn(field.type))
  }
  return seen
}

/** The messages that a value of this type contains directly. */
export function messagesIn(type: ValueType): readonly MessageSchema[] {
  switch (type.kind) {
    case 'message':
      return [type.message]
    case 'list':
    case 'set':
      return messagesIn(type.element)
    case 'map':
      return [...messagesIn(type.key), ...messagesIn(type.value)]
    case 'oneof':
      return type.cases.flatMap(one => messagesIn(one.type))
    case 'union':
      return type.branches.flatMap(messagesIn)
    default:
      return []
  }
}
