/**
 * Problem: the same question is asked again and again, and its answer does not change that often.
 *
 * On the client it stands outside of everything, the fallback included: a cached reply costs no deadline and no attempt, and a lesser reply is
 * never kept for the real one. On the server it is the innermost: limits and rules are asked for each call, whoever has asked before.
 *
 *     @Method(User) @Safe() @Cached({ ttl: '10s', staleWhileRevalidate: '1m' })
 *
 * For methods that are `@Safe` and reply with one message. The key is the method, the request and the caller's credentials (`authorization`,
 * `cookie`), so that one caller never sees another's reply. Callers that miss at the same time wait for one fetch.
 */

import type { CacheStore } from '../../caches/cache.js'
import { MemoryCache } from '../../caches/memory-cache.js'
import { type Call, streamsIn, streamsOut } from '../../core/call.js'
import { type Duration, toMilliseconds } from '../../core/duration.js'
import type { PolicyDefinition } from '../../core/policy.js'
import { misuse } from '../../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../../decorators/policy.js'
import { CachedMethod } from './method-cache.js'
import { CacheWarnings } from './warnings.js'

const warningsKey = Symbol('cache warnings')

export interface CachedOptions {
  /** For which a reply is fresh. */
  readonly ttl: Duration
  /** Entries of the method's own store; default 1000, at most 1,000,000. */
  readonly max?: number
  /** What tells callers apart, in place of their credentials; `() => ''` for replies that are the same for everyone. */
  readonly by?: (call: Call) => string
  /** For which, after `ttl`, the stale reply is still given out while a new one is fetched; default: not at all. */
  readonly staleWhileRevalidate?: Duration
  /** Names by which replies can be invalidated, besides their method's path. */
  readonly tags?: (request: never, reply: never) => readonly string[]
  /** Default: one for each method and channel or server. One that is given is shared by all that it is given to; targets are kept apart only by giving each its own. */
  readonly store?: CacheStore
  /** Default both: a contract's client caches what its server caches too. */
  readonly on?: 'client' | 'server' | 'both'
}

/** As a value, for `connect(..., { policies: [cached({ ttl: '10s' })] })`. */
export function cached(options: CachedOptions): PolicyDefinition {
  const { max = 1000, on = 'both', by, tags, store } = options
  const ttl = toMilliseconds(options.ttl, 'cached ttl')
  const stale = toMilliseconds(options.staleWhileRevalidate ?? 0, 'cached staleWhileRevalidate')
  if (!(ttl > 0) || !Number.isInteger(max) || max < 1) {
    throw misuse(
      'invalid_policy',
      `cached: ttl is ${ttl} ms and max ${max}; write a time above 0 and a whole number of 1 or more`,
    )
  }
  if (!['client', 'server', 'both'].includes(on))
    throw misuse('invalid_policy', `cached: on is ${JSON.stringify(on)}; write 'client', 'server' or 'both'`)
  if ([by, tags].some(one => one !== undefined && typeof one !== 'function'))
    throw misuse('invalid_policy', 'cached: by and tags are functions')
  if (store !== undefined && typeof store?.get !== 'function')
    throw misuse('invalid_policy', 'cached: store is no cache; write a MemoryCache, a RedisCache or one of your own')
  if (store !== undefined && options.max !== undefined)
    throw misuse('invalid_policy', 'cached: max is that of the store; write it there')
  const stages =
    on === 'both' ? (['call', 'handler'] as const) : on === 'client' ? (['call'] as const) : (['handler'] as const)
  return Object.freeze({
    name: 'cached',
    stages,
    rank: 10,
    summary: `cached(${ttl} ms${stale > 0 ? `, stale ${stale} ms more` : ''}${by === undefined ? '' : ', by key'})`,
    conflict: method => {
      if (streamsIn(method) || streamsOut(method))
        return 'it streams, and only one reply to one message can be cached; leave out @Cached'
      if (method.idempotency !== 'safe')
        return 'a cached reply runs nothing, so only @Safe methods are cached; put @Safe() on it'
      return undefined
    },
    build: (stage, scope) => next => {
      const settings = {
        ttl,
        stale,
        by,
        tags: tags as ((request: unknown, reply: unknown) => readonly string[]) | undefined,
        store: store ?? new MemoryCache({ max, clock: scope.clock }),
        side: stage === 'call' ? ('client' as const) : ('server' as const),
        warn: scope.sharedByAll(warningsKey, () => new CacheWarnings(scope.clock, scope.report)).warn,
      }
      return new CachedMethod(settings, scope.method, next).handle
    },
  } satisfies PolicyDefinition)
}

/** As a decorator. */
export function Cached(options: CachedOptions): PolicyDecorator {
  return declarePolicy(cached(options))
}
