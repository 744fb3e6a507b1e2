import { Code, type CodeName, codeOf } from '../core/code.js'
import type { PolicyDefinition, PolicyKind } from '../core/policy.js'
import { misuse, RpcError } from '../core/rpc-error.js'
import { hedge } from '../policies/attempts/hedge.js'
import { retryOfEveryMethod } from '../policies/attempts/retry.js'
import { policyKinds } from '../policies/built-in.js'
import { alternativesOf } from '../policies/order.js'
import { timeout } from '../policies/timeout.js'
import { waitForReady, waitForReadyKind } from '../policies/wait-for-ready.js'
import type { MethodConfig } from './service-config.js'

const keys = ['name', 'timeout', 'waitForReady', 'retryPolicy', 'hedgingPolicy', 'policies']
/** Keys of gRPC's for which polywire has settings elsewhere. */
const unused = ['maxRequestMessageBytes', 'maxResponseMessageBytes']
const retryKeys = ['maxAttempts', 'initialBackoff', 'maxBackoff', 'backoffMultiplier', 'retryableStatusCodes']
const hedgeKeys = ['maxAttempts', 'hedgingDelay', 'nonFatalStatusCodes']

/** @throws RpcError `failed_precondition` (`invalid_config`) if the entry is wrong, naming the place */
export function policiesOfEntry(entry: MethodConfig, where: string): PolicyDefinition[] {
  checkKeys(entry, [...keys, ...unused], where)
  const { retryPolicy, hedgingPolicy } = entry
  if (retryPolicy !== undefined && hedgingPolicy !== undefined)
    throw invalid(where, 'retryPolicy and hedgingPolicy exclude each other; leave out one of them')
  const made = new Map<string, PolicyDefinition>()
  const add = (definition: PolicyDefinition) => void made.set(definition.name, definition)
  const { timeout: total } = entry
  if (total !== undefined) add(placed(`${where}.timeout`, () => timeout({ total })))
  if (entry.waitForReady !== undefined && typeof entry.waitForReady !== 'boolean')
    throw invalid(`${where}.waitForReady`, 'write true or false')
  if (entry.waitForReady !== undefined) add(entry.waitForReady ? waitForReady() : off(waitForReadyKind.name))
  if (retryPolicy !== undefined) add(placed(`${where}.retryPolicy`, () => retryOf(retryPolicy, `${where}.retryPolicy`)))
  if (hedgingPolicy !== undefined)
    add(placed(`${where}.hedgingPolicy`, () => hedgeOf(hedgingPolicy, `${where}.hedgingPolicy`)))
  if (!isObject(entry.policies ?? {})) throw invalid(`${where}.policies`, 'must be an object')
  for (const [name, value] of Object.entries(entry.policies ?? {})) add(policyOf(name, value, `${where}.policies`))
  // A configured policy replaces a declared one that shares its place, such as a hedge that of retry.
  for (const { name } of [...made.values()].filter(isOn))
    for (const other of alternativesOf(name)) if (!made.has(other)) add(off(other))
  return [...made.values()]
}

/** Keys that are accepted and have no effect. */
export function unusedOf(entry: MethodConfig): string[] {
  return unused.filter(key => key in entry)
}

/** @param rule the error for a value that is not an object */
export function checkKeys(
  value: unknown,
  allowed: readonly string[],
  where: string,
  rule = 'must be an object',
): asserts value is object {
  if (!isObject(value)) throw invalid(where, rule)
  for (const key of Object.keys(value))
    if (!allowed.includes(key)) throw invalid(where, `there is no ${JSON.stringify(key)}; it has ${allowed.join(', ')}`)
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function invalid(where: string, what: string): Error {
  return misuse('invalid_config', `config ${where}: ${what}`)
}

/** A policy, whose own error, `timeout: total must be ...`, knows no place in a configuration. */
function placed(where: string, make: () => PolicyDefinition): PolicyDefinition {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof RpcError) || error.reason === 'invalid_config') throw error
    throw invalid(where, error.message.replace(/^[a-z]+[.:] ?/i, ''))
  }
}

/** The policies that a configuration can hold; the others take code. */
const configurable: ReadonlyMap<string, PolicyKind> = /* @__PURE__ */ new Map(
  [...policyKinds].filter(([, { options }]) => options !== undefined),
)

function policyOf(name: string, value: unknown, where: string): PolicyDefinition {
  const kind = configurable.get(name)
  if (kind === undefined) {
    const allowed = [...configurable.keys()].join(', ')
    throw policyKinds.has(name)
      ? invalid(where, `${name} takes code, so declare it in code; a configuration can hold ${allowed}`)
      : invalid(where, `there is no policy ${JSON.stringify(name)}; it can be ${allowed}`)
  }
  if (value === false) return off(name)
  const { options, make } = kind
  if (typeof options === 'object')
    checkKeys(value, Object.keys(options), `${where}.${name}`, 'must be the options of the policy, or false')
  else if (typeof value !== 'string') throw invalid(`${where}.${name}`, `must be ${options}, or false`)
  return placed(`${where}.${name}`, () => make(value as never))
}

/** Removes a declared policy of that name. */
function off(name: string): PolicyDefinition {
  return Object.freeze({ name, stages: [], summary: `no ${name}`, build: () => undefined })
}

function isOn({ stages }: PolicyDefinition): boolean {
  return stages.length > 0
}

function retryOf(policy: NonNullable<MethodConfig['retryPolicy']>, where: string): PolicyDefinition {
  checkKeys(policy, retryKeys, where)
  const { maxAttempts, initialBackoff, maxBackoff, backoffMultiplier, retryableStatusCodes } = policy
  return retryOfEveryMethod({
    ...(maxAttempts === undefined ? {} : { attempts: attemptsOf(maxAttempts) }),
    ...(initialBackoff === undefined ? {} : { initialBackoff }),
    ...(maxBackoff === undefined ? {} : { maxBackoff }),
    ...(backoffMultiplier === undefined ? {} : { multiplier: backoffMultiplier }),
    ...(retryableStatusCodes === undefined ? {} : { codes: codesOf(retryableStatusCodes, where) }),
  })
}

/** gRPC's maximum; a higher number counts as this. Source: gRFC A6, "Maximum Number of Retries". */
const mostAttempts = 5

function attemptsOf(maxAttempts: number): number {
  return maxAttempts > mostAttempts ? mostAttempts : maxAttempts
}

/**
 * gRPC does not bound the extra load, sends all attempts at once without a delay, and treats every failure as fatal unless it is listed.
 */
function hedgeOf(policy: NonNullable<MethodConfig['hedgingPolicy']>, where: string): PolicyDefinition {
  checkKeys(policy, hedgeKeys, where)
  const attempts = attemptsOf(policy.maxAttempts ?? 2)
  return hedge({
    attempts,
    delay: policy.hedgingDelay ?? 0,
    nonFatal: codesOf(policy.nonFatalStatusCodes ?? [], where),
    maxExtraLoad: Math.max(1, attempts - 1),
  })
}

/** Codes as gRPC writes them: `UNAVAILABLE`, `"unavailable"`, 14. */
function codesOf(codes: readonly (string | number)[], where: string): CodeName[] {
  if (!Array.isArray(codes)) throw invalid(where, 'status codes must be a list')
  return codes.map(code => {
    const name = typeof code === 'string' ? code.toLowerCase().replace('cancelled', 'canceled') : code
    const found = codeOf(name)
    if (found === undefined || found === Code.ok)
      throw invalid(where, `status codes must name failures such as "UNAVAILABLE", got ${JSON.stringify(code)}`)
    return Code[found] as CodeName
  })
}
