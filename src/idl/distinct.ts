import { misuse } from '../core/rpc-error.js'
import { rootsOf } from '../protocols/standard-services/descriptor-names.js'
import type { MessageSchema } from '../schema/message.js'
import { reachableMessages } from '../schema/reachable.js'
import { differenceOf, enumDifferenceOf, enumsIn } from '../schema/shape.js'
import type { EnumType } from '../schema/type.js'
import type { Contract } from './format.js'

/**
 * Every description has one type per name, and would leave out all others. A service checks its own types; here are those of all services
 * and of the messages that no service uses.
 * @throws RpcError `failed_precondition` (`duplicate_message_name`)
 */
export function checkDistinct({ services, messages, enums = [] }: Contract): void {
  const classes = new Map<string, MessageSchema>()
  const known = new Map<string, EnumType>()
  const roots = [...rootsOf(services), ...messages]
  // In the order of their declaration, so that the error has it.
  const reachable = new Set([...roots, ...reachableMessages(roots)])
  // Messages that are made of arguments or replies are renamed where they need to be.
  for (const one of reachable) if (one.class !== undefined) checkMessage(one, classes)
  const fields = [...reachable].flatMap(one => one.fields)
  for (const one of [...enums, ...fields.flatMap(({ type }) => enumsIn(type))]) checkEnum(one, known, classes)
}

function checkMessage(message: MessageSchema, classes: Map<string, MessageSchema>): void {
  const { name } = message
  const other = classes.get(name)
  const difference = other && differenceOf(other, message)
  if (difference !== undefined)
    throw duplicate(
      `classes ${other?.class?.name} and ${message.class?.name} are both @Message('${name}'), but ${difference}`,
    )
  classes.set(name, message)
}

function checkEnum(type: EnumType, known: Map<string, EnumType>, classes: ReadonlyMap<string, MessageSchema>): void {
  const name = type.name as string
  const message = classes.get(name)
  if (message !== undefined)
    throw duplicate(`class ${message.class?.name} is @Message('${name}'), and an enum is '${name}' too`)
  const other = known.get(name)
  const difference = other && enumDifferenceOf(other, type)
  if (difference !== undefined) throw duplicate(`two enums are '${name}', but ${difference}`)
  known.set(name, type)
}

function duplicate(text: string) {
  return misuse('duplicate_message_name', `${text}; give one of them another name`)
}
