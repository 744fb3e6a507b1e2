import { balanced } from '../balancers/balanced.js'
import { Code, type CodeName, codeOf } from '../core/code.js'
import type { PolicyDefinition } from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'
import { type FailoverOptions, failover } from '../policies/attempts/failover.js'
import { type HedgeOptions, hedge } from '../policies/attempts/hedge.js'
import { type RetryOptions, retry } from '../policies/attempts/retry.js'
import { type CachedOptions, cached } from '../policies/cached/cached.js'
import { type CircuitBreakerOptions, circuitBreaker } from '../policies/circuit-breaker/circuit-breaker.js'
import { type CompressedOptions, compressed, type EncodingName } from '../policies/compressed.js'
import { type BulkheadOptions, bulkhead } from '../policies/limits/bulkhead.js'
import { type RateLimitOptions, rateLimit } from '../policies/limits/rate-limit.js'
import { type TimeoutOptions, timeout } from '../policies/timeout.js'
import { waitForReady } from '../policies/wait-for-ready.js'
import type { MethodConfig } from './service-config.js'

interface Maker {
  /** What its options can be; where they are no object, undefined. */
  readonly keys: readonly string[] | undefined
  readonly make: (options: never) => PolicyDefinition
}

/** Policies that can be said in data, by the name of their value. */
const makers: Readonly<Record<string, Maker>> = {
  timeout: maker<TimeoutOptions>(timeout, ['total', 'perTry']),
  retry: maker<RetryOptions>(retry, ['attempts', 'initialBackoff', 'maxBackoff', 'multiplier', 'codes']),
  hedge: maker<HedgeOptions>(hedge, ['attempts', 'delay', 'percentile', 'maxExtraLoad', 'nonFatal']),
  failover: maker<FailoverOptions>(failover, ['endpoints']),
  circuitBreaker: maker<CircuitBreakerOptions>(circuitBreaker, [
    ...(['window', 'minimumCalls', 'failureRate', 'slowCall', 'open', 'halfOpen'] as const),
  ]),
  bulkhead: maker<BulkheadOptions>(bulkhead, ['concurrency', 'queue']),
  rateLimit: maker<RateLimitOptions>(rateLimit, ['rate', 'burst', 'by']),
  cached: maker<CachedOptions>(cached, ['ttl', 'max', 'by', 'staleWhileRevalidate', 'tags', 'store', 'on']),
  compressed: maker<{ encoding?: EncodingName } & CompressedOptions>(
    ({ encoding, ...options }) => compressed(encoding, options),
    ['encoding', 'above'],
  ),
  balanced: { keys: undefined, make: (name: string) => balanced(name) },
}

function maker<O extends object>(make: (options: O) => PolicyDefinition, keys: readonly (keyof O & string)[]): Maker {
  return { keys, make }
}

const keys = ['name', 'timeout', 'waitForReady', 'retryPolicy', 'hedgingPolicy', 'policies']
/** Of gRPC's, for which there are settings elsewhere. */
const unused = ['maxRequestMessageBytes', 'maxResponseMessageBytes']
const retryKeys = ['maxAttempts', 'initialBackoff', 'maxBackoff', 'backoffMultiplier', 'retryableStatusCodes']
const hedgeKeys = ['maxAttempts', 'hedgingDelay', 'nonFatalStatusCodes']

/** @throws RpcError `failed_precondition` (`invalid_config`) for what is wrong with the entry, told with its place */
export function policiesOfEntry(entry: MethodConfig, where: string): PolicyDefinition[] {
  checkKeys(entry, [...keys, ...unused], where)
  const { retryPolicy, hedgingPolicy } = entry
  if (retryPolicy !== undefined && hedgingPolicy !== undefined)
    throw invalid(where, 'retryPolicy and hedgingPolicy are both given; leave out one of them')
  const made = new Map<string, PolicyDefinition>()
  const add = (definition: PolicyDefinition) => void made.set(definition.name, definition)
  if (entry.timeout !== undefined) add(timeout({ total: entry.timeout }))
  if (entry.waitForReady !== undefined && typeof entry.waitForReady !== 'boolean')
    throw invalid(`${where}.waitForReady`, 'write true or false')
  if (entry.waitForReady !== undefined) add(entry.waitForReady ? waitForReady() : off('waitForReady'))
  if (retryPolicy !== undefined) add(retryOf(retryPolicy, `${where}.retryPolicy`))
  if (hedgingPolicy !== undefined) add(hedgeOf(hedgingPolicy, `${where}.hedgingPolicy`))
  if (!isObject(entry.policies ?? {})) throw invalid(`${where}.policies`, 'it is no object')
  for (const [name, options] of Object.entries(entry.policies ?? {})) add(ours(name, options, `${where}.policies`))
  // What is configured takes the place of what is declared, also where both cannot be.
  if (isOn(made.get('retry')) && !made.has('hedge')) add(off('hedge'))
  if (isOn(made.get('hedge')) && !made.has('retry')) add(off('retry'))
  return [...made.values()]
}

/** What is accepted and has no effect. */
export function unusedOf(entry: MethodConfig): string[] {
  return unused.filter(key => key in entry)
}

/** @param instead what to say where it is no object */
export function checkKeys(
  value: unknown,
  known: readonly string[],
  where: string,
  instead = 'it is no object',
): asserts value is object {
  if (!isObject(value)) throw invalid(where, instead)
  for (const key of Object.keys(value))
    if (!known.includes(key)) throw invalid(where, `there is no ${JSON.stringify(key)}; known: ${known.join(', ')}`)
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function invalid(where: string, what: string): Error {
  return misuse('invalid_config', `config ${where}: ${what}`)
}

function ours(name: string, options: unknown, where: string): PolicyDefinition {
  if (!Object.hasOwn(makers, name))
    throw invalid(where, `there is no policy ${JSON.stringify(name)}; known: ${Object.keys(makers).join(', ')}`)
  if (options === false) return off(name)
  const { keys, make } = makers[name] as Maker
  if (keys !== undefined) checkKeys(options, keys, `${where}.${name}`, 'write the options of the policy, or false')
  else if (typeof options !== 'string') throw invalid(`${where}.${name}`, 'write the name of a balancer, or false')
  return make(options as never)
}

/** Takes the place of a policy of that name, and does nothing. */
function off(name: string): PolicyDefinition {
  return Object.freeze({ name, stages: [], rank: 0, summary: `no ${name}`, build: () => undefined })
}

function isOn(definition: PolicyDefinition | undefined): boolean {
  return definition !== undefined && definition.stages.length > 0
}

function retryOf(policy: NonNullable<MethodConfig['retryPolicy']>, where: string): PolicyDefinition {
  checkKeys(policy, retryKeys, where)
  const { maxAttempts, initialBackoff, maxBackoff, backoffMultiplier, retryableStatusCodes } = policy
  return retry({
    ...(maxAttempts === undefined ? {} : { attempts: attemptsOf(maxAttempts) }),
    ...(initialBackoff === undefined ? {} : { initialBackoff }),
    ...(maxBackoff === undefined ? {} : { maxBackoff }),
    ...(backoffMultiplier === undefined ? {} : { multiplier: backoffMultiplier }),
    ...(retryableStatusCodes === undefined ? {} : { codes: codesOf(retryableStatusCodes, where) }),
  })
}

/** As many as gRPC makes at most; more are taken for as many. Source: gRFC A6, "Maximum Number of Retries". */
const mostAttempts = 5

function attemptsOf(maxAttempts: number): number {
  return maxAttempts > mostAttempts ? mostAttempts : maxAttempts
}

/** gRPC bounds no extra load, sends all attempts at once where there is no delay, and takes every failure for fatal unless told otherwise. */
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

/** As gRPC writes them: `UNAVAILABLE`, `"unavailable"`, 14. */
function codesOf(codes: readonly (string | number)[], where: string): CodeName[] {
  if (!Array.isArray(codes)) throw invalid(where, 'status codes are a list')
  return codes.map(code => {
    const name = typeof code === 'string' ? code.toLowerCase().replace('cancelled', 'canceled') : code
    const found = codeOf(name)
    if (found === undefined || found === Code.ok)
      throw invalid(where, `${JSON.stringify(code)} is no status code of a failure; write one such as "UNAVAILABLE"`)
    return Code[found] as CodeName
  })
}
