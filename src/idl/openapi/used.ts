import type { EnumModel, MessageModel, MethodModel } from '../model.js'
import { namesIn, namesOfMethod } from '../typescript/order.js'

interface Types {
  readonly messages: readonly MessageModel[]
  readonly enums: readonly EnumModel[]
}

/**
 * The types that methods and declared schemas use. Without the inline ones of operations that were left out, and those of a form whose
 * fields became others.
 * @param declared full names
 */
export function usedTypes(
  { messages, enums }: Types,
  declared: Iterable<string>,
  methods: readonly MethodModel[],
): Types {
  const byName = new Map(messages.map(one => [one.name, one]))
  const used = new Set([...declared, ...methods.flatMap(namesOfMethod)])
  // The set grows while it is walked.
  for (const name of used) for (const one of byName.get(name)?.fields.flatMap(namesIn) ?? []) used.add(one)
  return { messages: messages.filter(({ name }) => used.has(name)), enums: enums.filter(({ name }) => used.has(name)) }
}
