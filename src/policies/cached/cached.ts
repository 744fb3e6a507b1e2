import type { CacheStore } from '../../caches/cache.js'
import { MemoryCache, mostEntries } from '../../caches/memory-cache.js'
import { type Call, type MethodInfo, streamsIn, streamsOut } from '../../core/call.js'
import type { Duration } from '../../core/duration.js'
import {
  callback,
  choice,
  integer,
  type OptionReader,
  type OptionReaders,
  optional,
  positiveTime,
  readOptions,
  refused,
  time,
} from '../../core/options.js'
import type { PolicyDefinition, PolicyKind } from '../../core/policy.js'
import { misuse } from '../../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../../decorators/policy.js'
import { CachedMethod } from './method-cache.js'
import { CacheWarnings } from './warnings.js'

const warningsKey = Symbol('cache warnings')

/** Options of `@Cached` and `cached`. */
export interface CachedOptions {
  /** How long a reply is fresh. Required. */
  readonly ttl: Duration
  /** Entries of the method's store, 1 to 1,000,000; default 1000. A given `store` has its own bound. */
  readonly maxEntries?: number
  /** What tells callers apart; default: their credentials. `() => ''` if the replies are the same for everyone. */
  readonly by?: (call: Call) => string
  /** How long after `ttl` a stale reply is still returned while one fetch renews it; default 0: it is not. */
  readonly staleWhileRevalidate?: Duration
  /** Names to invalidate replies by, in addition to the method's path; default: none. */
  readonly tags?: (request: never, reply: never) => readonly string[]
  /** Default: a `MemoryCache` per method and channel or server. A given store is shared by all that get it: give each target its own. */
  readonly store?: CacheStore
  /** The side that caches; default `'both'`. */
  readonly on?: 'client' | 'server' | 'both'
}

const cacheStore: OptionReader<CacheStore> = (value, where) => {
  const store = value as CacheStore | null
  if (typeof store?.get === 'function') return store
  throw refused(where, 'a CacheStore, such as a MemoryCache or a RedisCache', value)
}

const readers = {
  ttl: /* @__PURE__ */ positiveTime(),
  maxEntries: /* @__PURE__ */ optional(/* @__PURE__ */ integer({ from: 1, to: mostEntries })),
  by: /* @__PURE__ */ callback<(call: Call) => string>('call => a text that tells callers apart'),
  staleWhileRevalidate: /* @__PURE__ */ time(0),
  tags: /* @__PURE__ */ callback<(request: unknown, reply: unknown) => readonly string[]>(
    '(request, reply) => a list of texts',
  ),
  store: /* @__PURE__ */ optional(cacheStore),
  on: /* @__PURE__ */ choice(['client', 'server', 'both'], 'both'),
} satisfies OptionReaders<CachedOptions>

/**
 * The policy of `@Cached` as a value.
 *
 * @example
 * connect(Users, target, { policies: [cached({ ttl: '10s', on: 'client' })] })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`, `invalid_duration`) if an option is out of range
 * @see docs/guide/policies.md#cached
 */
export function cached(options: CachedOptions): PolicyDefinition {
  const { ttl, maxEntries, by, tags, store, on, ...read } = readOptions('cached', options, readers)
  const stale = read.staleWhileRevalidate
  if (store !== undefined && maxEntries !== undefined)
    throw misuse('invalid_policy', 'cached: maxEntries does not bound a given store; write it in the store')
  return Object.freeze({
    name: cachedKind.name,
    stages: stagesOf[on],
    summary: `cached(${ttl} ms${stale > 0 ? `, stale ${stale} ms more` : ''}${by === undefined ? '' : ', by key'})`,
    conflict: conflictOf,
    build: (stage, scope) => next => {
      const kept = store ?? new MemoryCache({ ...(maxEntries === undefined ? {} : { maxEntries }), clock: scope.clock })
      scope.expose?.(cachedKind.name, () => ({
        remote: kept.remote,
        ...(kept instanceof MemoryCache && { entries: kept.size }),
      }))
      const settings = {
        ttl,
        stale,
        by,
        tags,
        store: kept,
        side: stage === 'call' ? ('client' as const) : ('server' as const),
        warn: scope.sharedByAll(warningsKey, () => new CacheWarnings(scope.clock, scope.report)).warn,
      }
      return new CachedMethod(settings, scope.method, next).handle
    },
  } satisfies PolicyDefinition)
}

export const cachedKind: PolicyKind = { name: 'cached', options: readers, make: cached }

/**
 * Caches the replies of a `@Safe` method that returns one message, at the client and at the server. On the server, limits and rules still
 * apply to every call.
 *
 * The key is the method, the request and the caller's credentials (`authorization`, `cookie`, client certificate). Set `by` if replies
 * depend on another header, or on none. Concurrent misses share one fetch. Errors are not cached. A client's replies are frozen.
 *
 * @example
 * @Method({ accepts: GetUser, returns: User }) @Safe() @Cached({ ttl: '10s', staleWhileRevalidate: '1m' })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`, `invalid_duration`) if an option is out of range
 * @see docs/guide/policies.md#cached
 */
export function Cached(options: CachedOptions): PolicyDecorator {
  return declarePolicy(cached(options))
}

const stagesOf = { client: ['call'], server: ['handler'], both: ['call', 'handler'] } as const

function conflictOf(method: MethodInfo): string | undefined {
  if (streamsIn(method) || streamsOut(method))
    return 'it streams, and only one reply to one message can be cached; leave out @Cached'
  if (method.idempotency !== 'safe')
    return 'a cached reply runs nothing, so only @Safe methods are cached; put @Safe() on it'
  return undefined
}
