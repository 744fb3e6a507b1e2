import type { MessageSchema, ValueType } from '../../schema/type.js'
import { Fault } from './fault.js'

/**
 * Removes from a Fault what it says of a sensitive field: the value, and where in the value. The name of the field stays. Returns the error,
 * to be thrown again.
 * @param schemas the messages of which one is read or written
 */
export function redacted(error: unknown, ...schemas: readonly MessageSchema[]): unknown {
  if (error instanceof Fault) {
    const at = error.steps.length
    const depth = Math.min(...schemas.map(schema => sensitiveDepth(schema, error.steps) ?? at))
    if (depth < at) hide(error, depth)
  }
  return error
}

/** Removes all that is said about a value, and the steps within it. @param depth the index of its step */
function hide(fault: Fault, depth: number): void {
  fault.steps.splice(depth, fault.steps.length, ...fault.steps.slice(depth, depth + 1).map(nameIn))
  fault.problem = 'the value is not valid (it is sensitive, so it is not shown)'
  fault.cause = undefined
}

/** The name of a step that may have an index or a key behind it. */
function nameIn(step: string): string {
  return step.split('[', 1)[0] as string
}

/** Fields by each of their names, and whether they are sensitive. */
interface Scope {
  readonly name: string
  readonly isSensitive: boolean
  readonly type: ValueType
}

/** The index of the first step that is a sensitive field. A step that is unknown, such as the wrapper of an argument, is skipped. */
function sensitiveDepth(schema: MessageSchema, steps: readonly string[]): number | undefined {
  let scope = fieldsOf(schema)
  for (const [at, step] of steps.entries()) {
    const name = nameIn(step)
    const field = scope.find(one => one.name === name)
    if (field?.isSensitive) return at
    if (field !== undefined) scope = within(field.type)
  }
  return undefined
}

function fieldsOf({ fields }: MessageSchema): readonly Scope[] {
  return fields.flatMap(({ key, name, jsonName, sensitive, type }) => {
    const isSensitive = sensitive === true
    const names = [...new Set([key, name, jsonName])].map(one => ({ name: one, isSensitive, type }))
    // On most wires the cases of a oneOf are fields of the message.
    const cases = type.kind === 'oneof' ? within(type).map(one => ({ ...one, isSensitive })) : []
    return [...names, ...cases]
  })
}

function within(type: ValueType): readonly Scope[] {
  switch (type.kind) {
    case 'message':
      return fieldsOf(type.message)
    case 'list':
    case 'set':
      return within(type.element)
    case 'map':
      return within(type.value)
    case 'oneof':
      return type.cases.flatMap(({ name, jsonName, type: inner }) =>
        [...new Set([name, jsonName])].map(one => ({ name: one, isSensitive: false, type: inner })),
      )
    default:
      return []
  }
}
