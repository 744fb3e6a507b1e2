import type { CacheEntry, CacheHit, CacheStore } from '../../caches/cache.js'
import { ActiveCall } from '../../core/active-call.js'
import { type Call, type MethodInfo } from '../../core/call.js'
import { Code } from '../../core/code.js'
import { engineHandler } from '../../core/engine-handler.js'
import { flowing } from '../../core/flow.js'
import { Headers } from '../../core/headers.js'
import { attempted, type Handler } from '../../core/policy.js'
import { RpcError } from '../../core/rpc-error.js'
import type { MethodSchema } from '../../schema/service.js'
import { type Flight, Flights } from './flights.js'
import { freezeDeep } from './freeze-deep.js'
import { ageOf, cacheControl, freshnessOf, isStorable } from './freshness.js'
import { credentialsOf, keyOf } from './key.js'
import { adaptedStore } from './remote-stores.js'
import { addedTo, addTo, listOfHeaders } from './reply-headers.js'
import { confirmableFor, confirmed, isConfirmed, tagIn } from './revalidation.js'

export interface CachedSettings {
  readonly ttl: number
  readonly stale: number
  readonly by: ((call: Call) => string) | undefined
  readonly tags: ((request: unknown, reply: unknown) => readonly string[]) | undefined
  readonly store: CacheStore
  readonly side: 'client' | 'server'
  /** Receives failures of the cache that do not affect the call. */
  readonly warn: (error: unknown) => void
}

interface FetchOptions {
  /** The store's ticket from before the fetch. */
  readonly ticket: unknown
  /** The expired entry of the store, which the server may confirm. */
  readonly old: CacheEntry | undefined
}

interface Fetched extends FetchOptions {
  readonly reply: unknown
  /** Headers and trailers set by policies outside of the cache. They belong to this caller and are not stored. */
  readonly before: Pick<CacheEntry, 'headers' | 'trailers'>
}

/** The result of a fetch. */
interface Landed {
  readonly entry: CacheEntry
  /** Milliseconds; 0: only the caller that fetched it may have it. */
  readonly fresh: number
}

/** The cache of one method on one side. */
export class CachedMethod {
  private readonly flights = new Flights<Landed>()
  private readonly prefix: string
  private readonly store: CacheStore

  constructor(
    private readonly settings: CachedSettings,
    private readonly method: MethodInfo,
    private readonly next: Handler,
  ) {
    this.prefix = `${settings.side} ${method.path}\n`
    const { store } = settings
    this.store = store.remote ? adaptedStore(store, method as MethodSchema, settings.warn) : store
  }

  readonly handle = engineHandler(call => {
    try {
      const key = this.keyOf(call)
      if (key === undefined) return this.next(call)
      const found = this.find(key)
      return found instanceof Promise ? this.whenFound(call, key, found) : this.answer(call, key, found)
    } catch (error) {
      return Promise.reject(error)
    }
  })

  private find(key: string): CacheHit | undefined | Promise<CacheHit | undefined> {
    try {
      return this.store.get(key)
    } catch (error) {
      return this.missed(error)
    }
  }

  /** A failure of the store counts as a miss. */
  private missed(error: unknown): undefined {
    this.settings.warn(error)
    return undefined
  }

  /** Waits for the store until the call is cancelled or its deadline passes. */
  private whenFound(call: ActiveCall, key: string, found: Promise<CacheHit | undefined>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      call.onCancel(reject)
      found
        .catch(error => this.missed(error))
        .then(hit => {
          call.offCancel(reject)
          return call.canceled === undefined ? this.answer(call, key, hit) : undefined
        })
        .then(resolve, reject)
    })
  }

  private keyOf(call: Call): string | undefined {
    const { by } = this.settings
    return keyOf(this.prefix, by === undefined ? credentialsOf(call) : by(call), call.message)
  }

  private answer(call: ActiveCall, key: string, hit: CacheHit | undefined): Promise<unknown> {
    if (hit === undefined) return this.miss(call, key, undefined)
    if (hit.freshFor <= -this.settings.stale) return this.miss(call, key, hit.entry)
    const why = hit.freshFor > 0 ? 'a fresh reply' : 'an expired reply that is being refreshed'
    call.observed?.decided({ policy: 'cached', action: 'cached', why })
    if (hit.freshFor <= 0) this.refresh(call, key, hit.entry)
    return Promise.resolve(this.give(call, hit.entry, hit.freshFor))
  }

  private give(call: ActiveCall, entry: CacheEntry, freshFor: number): unknown {
    if (this.settings.side === 'server') {
      // Added to the headers that policies outside of the cache have set.
      if (entry.headers.length > 0) addTo(call.replyHeaders, entry.headers)
      if (entry.trailers.length > 0) addTo(call.replyTrailers, entry.trailers)
    } else {
      if (entry.headers.length > 0) call.receiveReplyHeaders(entry.headers.slice())
      if (entry.trailers.length > 0) call.receiveReplyTrailers(entry.trailers.slice())
    }
    this.tellAge(call, freshFor)
    this.tellFreshness(call, freshFor)
    return entry.reply
  }

  /** @param old the expired entry, if there is one */
  private miss(call: ActiveCall, key: string, old: CacheEntry | undefined): Promise<unknown> {
    const ticket = this.store.ticket?.()
    const flight = this.flights.joinable(key, ticket)
    return flight === undefined
      ? this.lead(call, key, { old, ticket }).then(replyOf)
      : this.follow(call, key, flight, old)
  }

  private lead(call: ActiveCall, key: string, how: FetchOptions): Promise<Landed> {
    return this.flights.lead(key, { leader: call, ticket: how.ticket }, () => this.fetch(call, key, how))
  }

  private follow(call: ActiveCall, key: string, flight: Flight<Landed>, old: CacheEntry | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      call.onCancel(reject)
      const alone = (): boolean => {
        call.offCancel(reject)
        return call.canceled === undefined
      }
      flight.landed
        .then(
          ({ entry, fresh }) => {
            if (fresh > 0) return this.give(call, entry, fresh)
            // The reply was for one caller only (`Set-Cookie`, `no-store`), so this one fetches for itself.
            return alone() ? this.fetch(call, key, { old, ticket: this.store.ticket?.() }).then(replyOf) : undefined
          },
          (error: unknown) => {
            // If the caller that started the fetch cancelled it, the callers that wait for it try again.
            if (flight.leader.canceled === undefined && !isOutOfTime(error, flight.leader, call)) throw error
            return alone() ? this.miss(call, key, old) : undefined
          },
        )
        .then(resolve, reject)
    })
  }

  private fetch(call: ActiveCall, key: string, { old, ticket }: FetchOptions): Promise<Landed> {
    const tag = this.tagOf(old)
    if (old !== undefined && tag !== undefined) call.heldReply = { tag, reply: old.reply }
    const before = this.settings.side === 'server' ? headsOf(call) : noHeads
    return attempted(this.next, call).then(reply => this.keep(call, key, { reply, ticket, old, before }))
  }

  /**
   * Renews an entry in the background; its stale reply was already returned. A failure is not reported: the entry stays, and a caller after
   * `stale` fetches again.
   */
  private refresh(call: ActiveCall, key: string, old: CacheEntry): void {
    const ticket = this.store.ticket?.()
    if (this.flights.joinable(key, ticket) !== undefined) return
    const { method, message, clock, deadline, peer } = call
    const fresh = new ActiveCall({ method, message, clock, deadline, peer, headers: new Headers(call.headers) })
    fresh.arm()
    const end = () => fresh.finish()
    flowing(fresh, () => this.lead(fresh, key, { old, ticket })).then(end, end)
  }

  private keep(call: ActiveCall, key: string, fetched: Fetched): Landed {
    const { reply, ticket } = fetched
    if (call.isFallback) return { entry: { reply, headers: [], trailers: [] }, fresh: 0 }
    const entry = this.entryOf(call, fetched)
    const fresh = freshnessOf(call.replyHeaders, this.settings.ttl)
    if (call.canceled === undefined) this.write(call, key, { entry, fresh, ticket })
    this.tellFreshness(call, fresh)
    return { entry, fresh }
  }

  private write(call: ActiveCall, key: string, { entry, fresh, ticket }: Landed & Pick<Fetched, 'ticket'>): void {
    const { stale, tags: tagsOf } = this.settings
    const confirmable = this.tagOf(entry) !== undefined && isStorable(call.replyHeaders)
    if (fresh <= 0 && !confirmable) return
    // An entry that is not fresh is stored only to be confirmed, and is never returned as stale.
    const freshFor = fresh > 0 ? fresh : -stale
    const keep = freshFor + stale + (confirmable ? confirmableFor : 0)
    try {
      const tags = [this.method.path, ...(tagsOf?.(call.message, entry.reply) ?? [])]
      const written = this.store.set(key, entry, { fresh: freshFor, keep, tags, ticket })
      if (written instanceof Promise) written.catch(this.settings.warn)
    } catch (error) {
      this.settings.warn(error)
    }
  }

  private entryOf(call: ActiveCall, { reply, old, before }: Fetched): CacheEntry {
    const headers = addedTo(before.headers, call.replyHeaders)
    const trailers = addedTo(before.trailers, call.replyTrailers)
    if (old !== undefined && isConfirmed(call, reply)) {
      const entry = confirmed(old, headers, trailers)
      call.receiveReplyHeaders(entry.headers.slice())
      call.receiveReplyTrailers(entry.trailers.slice())
      return entry
    }
    // A client owns what it decoded. A handler may still use what it returned.
    if (this.settings.side === 'client') freezeDeep(reply)
    return { reply, headers, trailers }
  }

  /** The `ETag` by which the server can confirm the entry. A server's own replies need none. */
  private tagOf(entry: CacheEntry | undefined): string | undefined {
    return entry === undefined || this.settings.side === 'server' ? undefined : tagIn(entry.headers)
  }

  /** Adds `Age` if the handler set its own `Cache-Control`. Source: RFC 9111, 4. */
  private tellAge({ replyHeaders }: Call, freshFor: number): void {
    if (this.settings.side !== 'server' || !replyHeaders.has('cache-control')) return
    const cachedFor = freshnessOf(replyHeaders, this.settings.ttl) - freshFor
    replyHeaders.set('age', String(ageOf(replyHeaders) + Math.max(0, Math.floor(cachedFor / 1000))))
  }

  /** Sets `Cache-Control` for HTTP clients, `private` because a reply is for one caller. */
  private tellFreshness(call: ActiveCall, freshFor: number): void {
    const { side, by } = this.settings
    if (side !== 'server' || call.peer?.protocol !== 'http') return
    call.isCacheable = true
    if (call.replyHeaders.has('cache-control')) return
    if (by === undefined) call.replyHeaders.append('vary', 'authorization, cookie')
    call.replyHeaders.set('cache-control', cacheControl(freshFor))
  }
}

const noHeads = { headers: [], trailers: [] } as const

function headsOf({ replyHeaders, replyTrailers }: Call): Fetched['before'] {
  return { headers: listOfHeaders(replyHeaders), trailers: listOfHeaders(replyTrailers) }
}

function replyOf({ entry }: Landed): unknown {
  return entry.reply
}

/** Whether the fetch had less time than the caller who waits for it. A server may say that it is over before the leader's own timer does. */
function isOutOfTime(error: unknown, leader: ActiveCall, call: ActiveCall): boolean {
  return error instanceof RpcError && error.code === Code.deadline_exceeded && leader.deadline < call.deadline
}
