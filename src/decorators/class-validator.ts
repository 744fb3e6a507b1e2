import type { MessageSchema } from '../schema/message.js'
import { reachableMessages } from '../schema/reachable.js'
import type { Class } from '../schema/type.js'

/** class-validator's decorators of a class. */
export interface ClassRules {
  /** Properties with `@ValidateNested`, which class-validator validates itself. */
  readonly nested: ReadonlySet<string>
}

/** The part of class-validator's `MetadataStorage` that is used. */
interface RuleStorage {
  getTargetValidationMetadatas(
    type: Class,
    schema: string,
    always: boolean,
    strictGroups: boolean,
  ): readonly { readonly type: string; readonly propertyName: string }[]
}

/**
 * The rules of a class; undefined if it has none. They are in a global variable that class-validator creates for its first decorator, so a
 * process that does not use the package neither needs nor loads it.
 */
export function classRules(type: Class | undefined): ClassRules | undefined {
  const storage = ruleStorage()
  if (type === undefined || storage === undefined) return undefined
  const rules = storage.getTargetValidationMetadatas(type, '', false, false)
  if (rules.length === 0) return undefined
  const nested = rules.filter(rule => rule.type === 'nestedValidation').map(rule => rule.propertyName)
  return { nested: new Set(nested) }
}

function ruleStorage(): RuleStorage | undefined {
  return (globalThis as { classValidatorMetadataStorage?: RuleStorage }).classValidatorMetadataStorage
}

/** Whether this message, or one that it can contain, has rules. Without class-validator no message is looked at. */
export function reachesRules(schema: MessageSchema): boolean {
  return (
    ruleStorage() !== undefined &&
    [...reachableMessages([schema])].some(message => classRules(message.class) !== undefined)
  )
}
