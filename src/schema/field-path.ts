import type { FieldSchema, MessageSchema } from './message.js'
import type { ValueType } from './type.js'

/** A field on the way to another, or a case of a oneOf. */
export interface FieldStep {
  /** The property. Of a case, that of its oneOf. */
  readonly key: string
  readonly jsonName: string
  readonly type: ValueType
  /** Whether it is a case of a oneOf, so that the property holds `{ case, value }`. */
  readonly isCase: boolean
}

/** A field of a message, or of a message in it. */
export interface FieldPath {
  /** At least one. */
  readonly steps: readonly FieldStep[]
  /** The type of the last one. */
  readonly type: ValueType
}

/**
 * Finds a field.
 * @param path names with dots, each the field's name or its name in JSON: `user.address.zip_code`
 * @returns undefined if there is no such field
 */
export function fieldPath(message: MessageSchema, path: string): FieldPath | undefined {
  const steps: FieldStep[] = []
  let within: MessageSchema | undefined = message
  for (const name of path.split('.')) {
    const step: FieldStep | undefined = within && stepsOf(within).get(name)
    if (step === undefined) return undefined
    steps.push(step)
    within = step.type.kind === 'message' ? step.type.message : undefined
  }
  return { steps, type: (steps.at(-1) as FieldStep).type }
}

const known = new WeakMap<MessageSchema, ReadonlyMap<string, FieldStep>>()

function stepsOf(message: MessageSchema): ReadonlyMap<string, FieldStep> {
  let steps = known.get(message)
  if (steps === undefined) {
    steps = new Map(
      message.fields.flatMap(stepsTo).flatMap(([name, step]) => [
        [name, step],
        [step.jsonName, step],
      ]),
    )
    known.set(message, steps)
  }
  return steps
}

function stepsTo({ key, name, jsonName, type }: FieldSchema): [string, FieldStep][] {
  if (type.kind !== 'oneof') return [[name, { key, jsonName, type, isCase: false }]]
  return type.cases.map(one => [one.name, { key, jsonName: one.jsonName, type: one.type, isCase: true }])
}
