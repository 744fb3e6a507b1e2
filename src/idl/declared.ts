import {
  isWithin,
  lastName,
  packageOf,
  rootsOf,
  wrapperNames,
} from '../protocols/standard-services/descriptor-names.js'
import type { MessageSchema } from '../schema/message.js'
import { messagesIn } from '../schema/reachable.js'
import { enumsIn } from '../schema/shape.js'
import type { EnumType } from '../schema/type.js'
import type { Contract } from './format.js'

/** A message or a named enum. */
export type Named = MessageSchema | EnumType

/**
 * The named types of a contract, each behind those it uses, for formats where a name stands above its use. Messages that polywire generates
 * from arguments and replies are left out, since formats with arguments have no need of them.
 */
export function namedTypes(contract: Contract): Named[] {
  const order = new Set<Named>()
  const enums = new Map<string, EnumType>()
  const visited = new Set<MessageSchema>()
  // Without recursion: a chain of 10,000 messages would be as deep as that.
  const stack: (readonly [message: MessageSchema, parts: Iterator<Named>])[] = []
  const visit = (message: MessageSchema) => {
    if (visited.has(message)) return
    visited.add(message)
    const parts = message.fields.flatMap(({ type }): Named[] => [...enumsIn(type), ...messagesIn(type)])
    stack.push([message, parts.values()])
  }
  for (const root of [...rootsOf(contract.services), ...contract.messages]) {
    visit(root)
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const [message, parts] = top
      const { value: part } = parts.next() as { readonly value?: Named }
      if (part === undefined) {
        if (message.class !== undefined) order.add(message)
        stack.pop()
      } else if ('fields' in part) visit(part)
      else if (!enums.has(part.name as string)) {
        enums.set(part.name as string, part)
        order.add(part)
      }
    }
  }
  for (const one of contract.enums ?? []) if (!enums.has(one.name as string)) order.add(one)
  return [...order]
}

/** Package and name of each type: `shop.v1` and `Order_Item` for `shop.v1.Order.Item`, which is nested in a message. */
export class Homes {
  private readonly names: ReadonlySet<string>

  constructor(types: readonly Named[], { services, messages, enums = [], scopes = [] }: Contract) {
    const wrappers = wrapperNames(services, [...messages, ...enums])
    const roots = rootsOf(services).map(one => wrappers.get(one) ?? one.name)
    this.names = new Set([...types.map(type => type.name as string), ...roots, ...scopes])
  }

  packageOf(name: string): string {
    const outer = packageOf(name)
    return isWithin(outer, this.names) ? this.packageOf(outer) : outer
  }

  localName(name: string): string {
    const outer = packageOf(name)
    return isWithin(outer, this.names) ? `${this.localName(outer)}_${lastName(name)}` : lastName(name)
  }
}
