/** The JSON of `/_polywire/api/`, as the page reads it. It names nothing of Node, because the page is compiled for browsers. */

import type { TypeTable } from './type-views.js'

export type Side = 'served' | 'called'
export type Range = 'minute' | 'hour' | 'day'

/** Figures of calls over a range. Lists have 60 slots, oldest first. */
export interface Figures {
  /** Milliseconds of a slot. */
  readonly slot: number
  readonly calls: readonly number[]
  readonly failed: readonly number[]
  readonly unhealthy: readonly number[]
  readonly p99s: readonly (number | null)[]
  readonly p50: number | null
  readonly p99: number | null
  readonly buckets: readonly (readonly [le: number, count: number])[]
  readonly inFlight: number
  /** The most frequent failures among the kept calls. */
  readonly top: readonly (readonly [what: string, count: number])[]
  /** What policies did to the calls: `retry` sent another attempt, `cached` answered, `rateLimit` `refused`, and so on. */
  readonly work: readonly { readonly policy: string; readonly action: string; readonly count: number }[]
}

export interface MethodRow {
  /** `hello.Hello/SayHello`. */
  readonly name: string
  readonly side: Side
  readonly kind: string
  readonly idempotency: string
  readonly deprecated: boolean
  /** Null if it was not called yet. */
  readonly figures: Figures | null
}

/** Something that needs a look. */
export interface Notice {
  /** Stays the same as long as it is about the same, while its text counts down. */
  readonly key: string
  readonly level: 'warn' | 'bad'
  readonly text: string
  /** The page to go to: `clients`, `server`, `config`. */
  readonly page: string
  /** The method that it is about, if it is about one. */
  readonly method?: string
  /** Milliseconds since it was first seen here. */
  readonly age: number
}

export interface Vitals {
  readonly eventLoopDelay: readonly number[]
  readonly eventLoopBusy: readonly number[]
  readonly heap: readonly number[]
  readonly heapLimit: number
  readonly rss: number
  /** Percent of the time since the last read in which the garbage collector ran. */
  readonly collecting: number
}

/** What every page shows beside its own. */
export interface Shell {
  readonly host: string
  readonly pid: number
  readonly node: string
  readonly addresses: readonly string[]
  readonly draining: boolean
  /** Whether it does not drain, and no check of its health failed when it was last asked. */
  readonly ready: boolean
  /** Milliseconds since the server started. */
  readonly uptime: number
  readonly now: number
  readonly attention: readonly Notice[]
  /** How many methods there are; `api/tree` has their names. */
  readonly methodCount: number
}

/** Every method, served ones first. */
export type Tree = readonly { readonly name: string; readonly side: Side }[]

export interface Overview extends Shell {
  readonly vitals: Vitals
  readonly connections: number
  /** Endpoints that the channels of this process are connected to, one for each channel. */
  readonly connectedEndpoints: number
  /** Calls of each side in each slot, oldest first. */
  readonly traffic: Readonly<Record<Side, Traffic>>
  /** Those whose names contain `?find=`, at most 100: first those that were called. */
  readonly methods: readonly MethodRow[]
  /** How many were found. */
  readonly found: number
  readonly recent: readonly CallRow[]
}

export interface Traffic {
  /** Milliseconds of a slot. */
  readonly slot: number
  readonly calls: readonly number[]
}

/** A kept call without its timeline. */
export interface CallRow {
  readonly key: number
  readonly id: string
  readonly name: string
  readonly side: Side
  readonly at: number
  readonly took: number
  readonly slow: boolean
  readonly code: string
  readonly reason?: string
  readonly message?: string
  readonly type?: string
  readonly peer?: string
  readonly attempts: number
  /** Why there was the attempt that answered: `retry`, `hedge`, `failover`. Default: it was the first. */
  readonly won?: string
}

export interface CallDetail extends CallRow {
  /** That of its method: `safe`, `idempotent`, or `unknown` if it is neither. */
  readonly idempotency: string
  readonly protocol?: string
  readonly deadline?: number
  /** The served call that made it, and the milliseconds that that had left; `left` is absent without a deadline. */
  readonly caller?: { readonly name: string; readonly left?: number }
  readonly shedBy?: string
  readonly timeline: readonly Attempt[]
  readonly decisions: readonly Decision[]
  readonly sent: { readonly messages: number; readonly bytes: number }
  readonly received: { readonly messages: number; readonly bytes: number }
  /** Kept calls with the same id: those that were made while serving it, or the one that made it. */
  readonly related: readonly CallRow[]
}

export interface Attempt {
  readonly number: number
  readonly endpoint: string
  readonly cause: string
  readonly balancer: string
  readonly candidates: number
  readonly inFlight: number
  readonly from: number
  readonly to?: number
  readonly code?: string
  readonly reason?: string
  readonly message?: string
}

export interface Decision {
  readonly at: number
  readonly policy: string
  readonly action: string
  readonly why: string
  readonly delay: number
  readonly code?: string
}

export interface Layer {
  readonly stage: 'call' | 'attempt' | 'handler'
  readonly policy: string
  readonly settings: string
  readonly by: string
  /** Its state, in a few words; empty if it has none here. */
  readonly now: string
  readonly level: 'ok' | 'warn' | 'bad'
}

export interface MethodView extends Shell {
  readonly method: MethodRow
  readonly layers: readonly Layer[]
  readonly off: readonly { readonly policy: string; readonly by: string }[]
  readonly worst: { readonly ms: number; readonly attempts: number }
  readonly where: string
  readonly handler: string
  /** What the class says of the method. */
  readonly doc: string | null
  readonly types: TypeTable
  readonly input: string
  readonly output: string
  readonly throws: readonly string[]
  readonly recent: readonly CallRow[]
}

export interface EndpointView {
  readonly address: string
  readonly zone: string | null
  readonly weight: number
  readonly priority: number
  readonly state: string
  readonly usable: boolean
  readonly inFlight: number
  readonly why: string
  readonly picks: readonly number[]
  /** Picks that a circuit or a bulkhead of this process turned away, so that nothing was sent. */
  readonly turnedAway: number
  /** Picks that failed, without those. */
  readonly failed: number
  readonly p50: number | null
  readonly circuits: readonly { readonly method: string; readonly state: string; readonly why: string }[]
}

/** A circuit that opened, or an ejection. */
export interface EndpointEvent {
  readonly endpoint: string
  /** Milliseconds since then. */
  readonly ago: number
}

export interface ChannelView {
  readonly services: readonly string[]
  readonly protocol: string
  readonly target: string
  readonly resolved: boolean
  /** The zone of this process; null if it has none. */
  readonly zone: string | null
  /** How many of the endpoints this process uses; null for all. */
  readonly subset: number | null
  readonly balancers: readonly string[]
  readonly facts: readonly (readonly [name: string, value: string])[]
  /** Circuits that opened in the last minute, the newest last. */
  readonly opened: readonly EndpointEvent[]
  /** Endpoints that were ejected in the last minute, the newest last. */
  readonly ejected: readonly EndpointEvent[]
  readonly endpoints: readonly EndpointView[]
  /** The picks of each second of the last minute at endpoints beyond those that are counted one by one; null if there were none. */
  readonly otherPicks: readonly number[] | null
}

export interface ClientsView extends Shell {
  readonly channels: readonly ChannelView[]
}

export interface ConfigRow {
  readonly name: string
  readonly side: Side
  readonly policy: string
  readonly stage: string
  readonly declared: string | null
  readonly by: string
  readonly configured: string | null
  readonly effective: string | null
}

/** A configuration, and what became of it while it was followed. */
export interface ConfigSourceView {
  readonly side: Side
  readonly what: string
  readonly value: string
  /** Counted from 1; null if it is not followed. */
  readonly revision: number | null
  readonly since: number | null
  /** The one before. */
  readonly previous: string | null
  readonly refused: { readonly at: number; readonly message: string } | null
  /** What the last change did to each method, at most 200. */
  readonly changes: readonly ConfigChange[]
}

export interface ConfigChange {
  readonly name: string
  readonly side: Side
  readonly policy: string
  readonly from: string | null
  readonly to: string | null
}

export interface ConfigView extends Shell {
  readonly sources: readonly ConfigSourceView[]
  /** Of the methods whose names contain `?find=`, at most 100. */
  readonly rows: readonly ConfigRow[]
  /** How many methods the rows are of, and how many were found. */
  readonly shown: number
  readonly found: number
}
