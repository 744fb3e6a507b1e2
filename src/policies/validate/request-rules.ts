import type { ValidationError } from 'class-validator'
import { keyStep } from '../../codecs/values/fault.js'
import { FieldViolation } from '../../decorators/bad-request.js'
import { classRules, reachesRules } from '../../decorators/class-validator.js'
import type { MessageSchema } from '../../schema/message.js'
import type { UnionType, ValueType } from '../../schema/type.js'
import { branchFinder } from '../../schema/union.js'

/** class-validator's `validate`. */
export type Validate = (message: object, options: object) => Promise<ValidationError[]>

/** A nested message without rules is valid. */
const options = { forbidUnknownValues: false }

/** Adds the violations of a value. @param path of the value; empty for the request itself */
type Check = (value: unknown, path: string, found: FieldViolation[]) => Promise<void>

/**
 * The rules of messages and of all messages within them, with or without `@ValidateNested`: the rules of a message apply wherever it is
 * used. Each message is compiled once. Messages that reach no rules are skipped.
 */
export class RequestRules {
  private readonly checks = new Map<MessageSchema, Check>()

  constructor(private readonly validate: Validate) {}

  /** Undefined if the type reaches no rules. */
  of(schema: MessageSchema): Check | undefined {
    const existing = this.checks.get(schema)
    if (existing !== undefined) return existing
    if (!reachesRules(schema)) return undefined
    const rules = classRules(schema.class)
    const fields: { readonly key: string; readonly check: Check }[] = []
    const check: Check = async (message, path, found) => {
      if (typeof message !== 'object' || message === null) return
      if (rules !== undefined)
        for (const error of await this.validate(message, options))
          collect(error, { path, within: message, found, schema })
      for (const { key, check } of fields)
        await check((message as Readonly<Record<string, unknown>>)[key], step(path, key), found)
    }
    this.checks.set(schema, check)
    for (const { key, type, sensitive: isSensitive } of schema.fields) {
      // class-validator itself checks fields with @ValidateNested.
      const inner = rules?.nested.has(key) ? undefined : this.ofType(type)
      if (inner !== undefined) fields.push({ key, check: isSensitive ? hiding(inner) : inner })
    }
    return check
  }

  private ofType(type: ValueType): Check | undefined {
    switch (type.kind) {
      case 'message':
        return this.of(type.message)
      case 'list':
      case 'set':
        return each(this.ofType(type.element))
      case 'map':
        return each(this.ofType(type.value), this.ofType(type.key))
      case 'oneof':
        return oneOf(new Map(type.cases.map(one => [one.name, this.ofType(one.type)])))
      case 'union':
        return union(
          type,
          type.branches.map(branch => this.ofType(branch)),
        )
      default:
        return undefined
    }
  }
}

/** The violations within a sensitive value, without their texts and places in it. */
function hiding(check: Check): Check {
  return async (value, path, found) => {
    const within: FieldViolation[] = []
    await check(value, path, within)
    for (const { reason } of within)
      found.push(Object.assign(new FieldViolation(), { field: path, description: 'it is not valid', reason }))
  }
}

function each(check: Check | undefined, ofKey?: Check): Check | undefined {
  if (check === undefined && ofKey === undefined) return undefined
  return async (value, path, found) => {
    if (value instanceof Map)
      for (const [key, entry] of value) {
        await ofKey?.(key, `${path}.key`, found)
        await check?.(entry, path + keyStep(key), found)
      }
    else if (value instanceof Set || Array.isArray(value)) {
      let at = 0
      for (const element of value) await check?.(element, `${path}[${at++}]`, found)
    }
  }
}

function oneOf(cases: ReadonlyMap<string, Check | undefined>): Check | undefined {
  if ([...cases.values()].every(check => check === undefined)) return undefined
  return async (value, path, found) => {
    const chosen = value as { readonly case: string; readonly value: unknown } | undefined
    if (chosen !== undefined) await cases.get(chosen.case)?.(chosen.value, path, found)
  }
}

function union(type: UnionType, checks: readonly (Check | undefined)[]): Check | undefined {
  if (checks.every(check => check === undefined)) return undefined
  const branchOf = branchFinder(type)
  return async (value, path, found) => checks[branchOf(value)]?.(value, path, found)
}

interface Place {
  readonly path: string
  /** The object that the property of the error belongs to. */
  readonly within: unknown
  readonly found: FieldViolation[]
  /** Of the object, or of the elements of the collection. */
  readonly schema: MessageSchema | undefined
}

function collect(error: ValidationError, { path, within, found, schema }: Place): void {
  const isObject = !(Array.isArray(within) || within instanceof Set || within instanceof Map)
  const field = isObject ? step(path, error.property) : `${path}[${elementOf(within, error.property)}]`
  const of = isObject ? schema?.fields.find(({ key }) => key === error.property) : undefined
  const isHidden = of?.sensitive === true
  for (const [reason, text] of Object.entries(error.constraints ?? {})) {
    const description = isHidden ? `${error.property} is not valid` : text
    found.push(Object.assign(new FieldViolation(), { field, description, reason }))
  }
  if (isHidden) return
  const inner = isObject ? messageIn(of?.type) : schema
  for (const child of error.children ?? []) collect(child, { path: field, within: error.value, found, schema: inner })
}

function messageIn(type: ValueType | undefined): MessageSchema | undefined {
  switch (type?.kind) {
    case 'message':
      return type.message
    case 'list':
    case 'set':
      return messageIn(type.element)
    case 'map':
      return messageIn(type.value)
    default:
      return undefined
  }
}

function elementOf(within: unknown, property: string): string {
  return within instanceof Map ? JSON.stringify(property) : property
}

function step(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
