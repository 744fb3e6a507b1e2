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
  const visiting = new Set<MessageSchema>()
  const visit = (message: MessageSchema) => {
    if (visiting.has(message)) return
    visiting.add(message)
    for (const { type } of message.fields) {
      for (const one of enumsIn(type)) {
        const known = enums.get(one.name as string)
        if (known !== undefined) continue
        enums.set(one.name as string, one)
        order.add(one)
      }
      for (const one of messagesIn(type)) visit(one)
    }
    if (message.class !== undefined) order.add(message)
  }
  for (const message of [...rootsOf(contract.services), ...contract.messages]) visit(message)
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
