import type { CacheEntry, CacheHit, CacheStore } from '../caches/cache.js'
import { ActiveCall } from '../core/active-call.js'
import { type Call, type MethodInfo } from '../core/call.js'
import { flowing } from '../core/flow.js'
import { Headers, type HeaderValue } from '../core/headers.js'
import type { Handler } from '../core/policy.js'
import type { RpcError } from '../core/rpc-error.js'
import type { MethodSchema } from '../schema/service.js'
import { canonicalText, credentialsOf } from './cache-key.js'
import { freezeDeep } from './freeze-deep.js'
import { PackedStore } from './packed-store.js'
import { confirmableFor, confirmed, isConfirmed, tagIn } from './revalidation.js'

export interface CachedSettings {
  readonly ttl: number
  readonly stale: number
  readonly by: ((call: Call) => string) | undefined
  readonly tags: ((request: unknown, reply: unknown) => readonly string[]) | undefined
  readonly store: CacheStore
  readonly side: 'client' | 'server'
}

interface Fetched {
  readonly reply: unknown
  readonly ticket: unknown
  /** What the store had, and the caller may have had confirmed. */
  readonly old: CacheEntry | undefined
}

/** One fetch, and whose call it is made with. */
interface Flight {
  readonly leader: Call
  readonly result: Promise<CacheEntry>
}

/** The cache of one method on one side. Invariant: at most one fetch of a key is under way. */
export class CachedMethod {
  private readonly flights = new Map<string, Flight>()
  private readonly prefix: string
  private readonly store: CacheStore

  constructor(
    private readonly settings: CachedSettings,
    private readonly method: MethodInfo,
    private readonly next: Handler,
  ) {
    this.prefix = `${settings.side} ${method.path}\n`
    const { store } = settings
    this.store = store.remote ? new PackedStore(store, method as MethodSchema, warn) : store
  }

  readonly handle: Handler = call => {
    try {
      const key = this.keyOf(call)
      const found = this.store.get(key)
      if (!(found instanceof Promise)) return this.answer(call, key, found)
      return found.then(
        hit => this.answer(call, key, hit),
        (error: unknown) => {
          warn(error)
          return this.miss(call, key, undefined)
        },
      )
    } catch (error) {
      return Promise.reject(error)
    }
  }

  private keyOf(call: Call): string {
    const { by } = this.settings
    const caller = by === undefined ? credentialsOf(call) : by(call)
    return `${this.prefix}${caller.length} ${caller}\n${canonicalText(call.message)}`
  }

  private answer(call: Call, key: string, hit: CacheHit | undefined): Promise<unknown> {
    if (hit === undefined) return this.miss(call, key, undefined)
    if (hit.freshFor <= -this.settings.stale) return this.miss(call, key, hit.entry)
    if (hit.freshFor <= 0 && !this.flights.has(key)) this.refresh(call, key, hit.entry)
    return Promise.resolve(this.give(call, hit.entry, hit.freshFor))
  }

  private give(call: Call, entry: CacheEntry, freshFor: number): unknown {
    if (entry.headers.length > 0) call.receiveReplyHeaders(entry.headers.slice())
    if (entry.trailers.length > 0) call.receiveReplyTrailers(entry.trailers.slice())
    this.tellFreshness(call, freshFor)
    return entry.reply
  }

  /** @param old what is too old to be given out */
  private miss(call: Call, key: string, old: CacheEntry | undefined): Promise<unknown> {
    const flight = this.flights.get(key)
    if (flight === undefined) return this.fetch(call, key, old).then(({ reply }) => reply)
    return new Promise((resolve, reject) => {
      call.onCancel(reject)
      flight.result
        .then(
          entry => this.give(call, entry, this.settings.ttl),
          (error: unknown) => {
            // That it was given up by the caller it was made for is no answer for the others.
            if (flight.leader.canceled === undefined || call.canceled !== undefined) throw error
            return this.miss(call, key, old)
          },
        )
        .then(resolve, reject)
    })
  }

  private fetch(call: Call, key: string, old: CacheEntry | undefined): Promise<CacheEntry> {
    const ticket = this.store.ticket?.()
    const tag = this.tagOf(old)
    if (old !== undefined && tag !== undefined) call.known = { tag, reply: old.reply }
    const result = this.next(call).then(
      reply => {
        this.flights.delete(key)
        return this.keep(call, key, { reply, ticket, old })
      },
      (error: unknown) => {
        this.flights.delete(key)
        throw error
      },
    )
    this.flights.set(key, { leader: call, result })
    return result
  }

  /** The stale reply has been given out already: nobody waits for this one, and when it fails the next caller past `stale` hears of it. */
  private refresh(call: Call, key: string, old: CacheEntry): void {
    const { method, message, clock, deadline, peer } = call
    const fresh = new ActiveCall({ method, message, clock, deadline, peer, headers: new Headers(call.headers) })
    fresh.arm()
    const end = () => fresh.finish()
    flowing(fresh, () => this.fetch(fresh, key, old)).then(end, end)
  }

  private keep(call: Call, key: string, { reply, ticket, old }: Fetched): CacheEntry {
    const { stale } = this.settings
    const entry = this.entryOf(call, reply, old)
    const fresh = this.freshness(call)
    if (fresh > 0) {
      const tags = [this.method.path, ...(this.settings.tags?.(call.message, reply) ?? [])]
      const keep = fresh + stale + (this.tagOf(entry) === undefined ? 0 : confirmableFor)
      const written = this.store.set(key, entry, { fresh, keep, tags, ticket })
      if (written instanceof Promise) written.catch(warn)
    }
    this.tellFreshness(call, fresh)
    return entry
  }

  private entryOf(call: Call, reply: unknown, old: CacheEntry | undefined): CacheEntry {
    const headers = flat(call.replyHeaders)
    const trailers = flat(call.replyTrailers)
    if (old !== undefined && isConfirmed(call, reply)) {
      const entry = confirmed(old, headers, trailers)
      call.receiveReplyHeaders(entry.headers.slice())
      call.receiveReplyTrailers(entry.trailers.slice())
      return entry
    }
    // What a client has decoded is its own; what a handler returned may be the handler's.
    if (this.settings.side === 'client') freezeDeep(reply)
    return { reply, headers, trailers }
  }

  /** By which its server can be asked about it. A server asks nobody about its own replies. */
  private tagOf(entry: CacheEntry | undefined): string | undefined {
    return entry === undefined || this.settings.side === 'server' ? undefined : tagIn(entry.headers)
  }

  /** Milliseconds; 0: not to be kept. A server's `Cache-Control` can make it less, never more. */
  private freshness(call: Call): number {
    const { ttl } = this.settings
    if (call.replyHeaders.has('set-cookie')) return 0
    const control = call.replyHeaders.get('cache-control')
    if (control === undefined) return ttl
    if (/\bno-(?:store|cache)\b/i.test(control)) return 0
    const age = /\bmax-age=(\d{1,9})\b/i.exec(control)
    return age === null ? ttl : Math.min(ttl, Number(age[1]) * 1000)
  }

  /** To browsers and proxies: those of HTTP only, and never beyond the one caller. */
  private tellFreshness(call: Call, freshFor: number): void {
    const { side, by } = this.settings
    if (side !== 'server' || call.peer?.protocol !== 'http') return
    call.isKept = true
    if (call.replyHeaders.has('cache-control')) return
    if (by === undefined) call.replyHeaders.append('vary', 'authorization, cookie')
    call.replyHeaders.set('cache-control', `private, max-age=${Math.max(0, Math.floor(freshFor / 1000))}`)
  }
}

function flat(headers: Headers): HeaderValue[] {
  if (headers.size === 0) return none
  const list: HeaderValue[] = []
  for (const [name, value] of headers) list.push(name, value)
  return list
}

const none: HeaderValue[] = []

function warn(error: unknown): void {
  const why = error instanceof Error ? (error as RpcError).message : String(error)
  process.emitWarning(`the cache's store failed, and the call went on without it: ${why}`, 'PolywireWarning')
}
