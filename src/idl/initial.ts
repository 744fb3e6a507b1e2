import type { BranchInitial, InitialModel, JsonInitial, MessageModel, TypeModel } from './model.js'
import { keysOf } from './typescript/names.js'

/** What a default or a constant becomes: the text of a literal, or a value. */
export interface InitialForm<T> {
  /** A number, a text, a truth value, bytes, a time, null or JSON. */
  single(value: InitialModel, type: TypeModel): T
  /** A member of an enum, or undefined if the name is that of no enum. */
  member(enumName: string, member: string): T
  list(elements: readonly T[]): T
  set(elements: readonly T[]): T
  map(entries: readonly (readonly [key: T, value: T])[]): T
  /** @param values by property, those that differ from a new instance */
  message(name: string, values: ReadonlyMap<string, T>): T
  choice(name: string, value: T): T
}

/** @param messageOf the message of a full name; undefined for an enum's */
export function formed<T>(
  value: InitialModel,
  type: TypeModel,
  form: InitialForm<T>,
  messageOf: (name: string) => MessageModel | undefined,
): T {
  const part = (inner: InitialModel, of: TypeModel): T => formed(inner, of, form, messageOf)
  switch (type.kind) {
    case 'list':
      return form.list((value as readonly InitialModel[]).map(one => part(one, type.element)))
    case 'set':
      return form.set((value as readonly InitialModel[]).map(one => part(one, type.element)))
    case 'map':
      return form.map(
        Array.from(value as ReadonlyMap<InitialModel, InitialModel>, ([key, one]) => [
          part(key, type.key),
          part(one, type.value),
        ]),
      )
    case 'named': {
      const message = messageOf(type.name)
      if (message === undefined) return form.member(type.name, value as string)
      const given = value as ReadonlyMap<string, InitialModel>
      const values = new Map<string, T>()
      for (const [field, key] of keysOf(message)) {
        if (field.kind === 'field') {
          const one = given.get(field.name)
          if (one !== undefined) values.set(key, part(one, field.type))
        } else {
          const chosen = field.cases.find(({ name }) => given.has(name))
          if (chosen !== undefined)
            values.set(key, form.choice(chosen.name, part(given.get(chosen.name) as InitialModel, chosen.type)))
        }
      }
      return form.message(type.name, values)
    }
    case 'union': {
      if (value === null) return form.single(value, type)
      const { branch, value: own } = isOfBranch(value) ? value : { branch: 0, value }
      return part(own, type.branches[branch] as TypeModel)
    }
    default:
      return form.single(value, type)
  }
}

export function isJson(value: InitialModel): value is JsonInitial {
  return typeof value === 'object' && value !== null && 'json' in value
}

export function isOfBranch(value: InitialModel): value is BranchInitial {
  return typeof value === 'object' && value !== null && 'branch' in value
}
