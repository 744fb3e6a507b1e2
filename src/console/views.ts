/** The JSON of `/_polywire/api/`, as the page reads it. It names nothing of Node, because the page is compiled for browsers. */

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
  readonly top: readonly (readonly [what: string, count: number])[]
}

export interface MethodRow {
  /** `hello.Hello/SayHello`. */
  readonly name: string
  readonly side: Side
  readonly kind: string
  readonly idempotency: string
  /** Null if it was not called yet. */
  readonly figures: Figures | null
}

/** Something that needs a look. */
export interface Notice {
  readonly level: 'warn' | 'bad'
  readonly text: string
  /** The page to go to: `clients`, `server`, `config`. */
  readonly page: string
}

export interface Vitals {
  readonly eventLoopDelay: readonly number[]
  readonly eventLoopBusy: readonly number[]
  readonly heap: readonly number[]
  readonly heapLimit: number
  readonly rss: number
}

/** What every page shows beside its own. */
export interface Shell {
  readonly host: string
  readonly pid: number
  readonly node: string
  readonly addresses: readonly string[]
  readonly draining: boolean
  /** Milliseconds since the server started. */
  readonly uptime: number
  readonly now: number
  readonly attention: readonly Notice[]
  /** Every method, served ones first. */
  readonly tree: readonly { readonly name: string; readonly side: Side }[]
}

export interface Overview extends Shell {
  readonly vitals: Vitals
  readonly connections: number
  readonly methods: readonly MethodRow[]
  readonly recent: readonly CallRow[]
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
}

export interface CallDetail extends CallRow {
  readonly protocol?: string
  readonly deadline?: number
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

/** Messages and enums by name. */
export type TypeTable = Readonly<Record<string, TypeEntry>>

export type TypeEntry =
  | { readonly kind: 'message'; readonly doc: string | null; readonly fields: readonly FieldEntry[] }
  | { readonly kind: 'enum'; readonly doc: string | null; readonly values: readonly EnumEntry[] }

export interface EnumEntry {
  readonly name: string
  readonly number: number
  readonly doc: string | null
}

export interface FieldEntry {
  readonly name: string
  readonly number: number | null
  readonly type: TypeRef
  readonly doc: string | null
  readonly optional: boolean
  readonly sensitive: boolean
  readonly deprecated: boolean
}

export type TypeRef =
  | { readonly kind: 'scalar'; readonly name: string }
  | { readonly kind: 'message'; readonly name: string }
  | { readonly kind: 'enum'; readonly name: string }
  | { readonly kind: 'list' | 'set'; readonly element: TypeRef }
  | { readonly kind: 'map'; readonly key: TypeRef; readonly value: TypeRef }
  | { readonly kind: 'oneof'; readonly cases: readonly FieldEntry[] }

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
  readonly failed: number
  readonly p50: number | null
  readonly circuits: readonly { readonly method: string; readonly state: string; readonly why: string }[]
}

export interface ChannelView {
  readonly services: readonly string[]
  readonly protocol: string
  readonly target: string
  readonly resolved: boolean
  readonly balancers: readonly string[]
  readonly facts: readonly (readonly [name: string, value: string])[]
  readonly endpoints: readonly EndpointView[]
}

export interface ClientsView extends Shell {
  readonly channels: readonly ChannelView[]
}

export interface LimitRow {
  readonly name: string
  readonly what: string
  /** Null if it is not a level that can be near: a bound of each message, or a time. */
  readonly now: number | null
  readonly max: number | string | null
  readonly unit: string
}

export interface ServerView extends Shell {
  readonly vitals: Vitals
  readonly protocols: readonly { readonly name: string; readonly connections: number; readonly calls: number }[]
  readonly refusedConnections: number
  readonly limits: readonly LimitRow[]
  readonly streams: readonly {
    readonly name: string
    readonly side: Side
    readonly peer: string
    readonly sent: number
    readonly received: number
    readonly age: number
  }[]
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

export interface ConfigView extends Shell {
  readonly sources: readonly { readonly side: Side; readonly what: string; readonly value: string }[]
  readonly rows: readonly ConfigRow[]
}

/** How a method can be tried. */
export interface TrialForm {
  readonly name: string
  readonly side: Side
  readonly key: string
  readonly className: string
  readonly kind: string
  readonly idempotency: string
  readonly positional: boolean
  readonly types: TypeTable
  readonly input: string
  readonly output: string
  readonly wires: readonly { readonly name: string; readonly target: string; readonly codecs: readonly string[] }[]
}

/** The body of `POST api/call`. */
export interface TrialRequest {
  /** `hello.Hello/SayHello`. */
  readonly method: string
  /** Default `served`. */
  readonly side?: Side
  /** Default: the first that carries the method. A called method has the wire of its channel. */
  readonly wire?: string
  readonly codec?: string
  /** Such as `2s`. Default: as the method declares. */
  readonly timeout?: string
  readonly headers?: Readonly<Record<string, string>>
  /** The requests in JSON: one, or those with which a stream begins. */
  readonly messages?: readonly unknown[]
  /** Whether further requests of a stream follow, by `POST api/call/<id>`. Default false. */
  readonly open?: boolean
}

/** A line of the answer to `POST api/call`. `at` is milliseconds since the call began. */
export type TrialEvent =
  | { readonly type: 'open'; readonly id: string; readonly at: number }
  | { readonly type: 'sent' | 'received'; readonly at: number; readonly message: unknown; readonly bytes: number }
  | { readonly type: 'half-closed'; readonly at: number }
  | {
      readonly type: 'end'
      readonly at: number
      readonly code: string
      readonly reason?: string
      readonly message?: string
      readonly error?: { readonly type: string; readonly fields: unknown }
      readonly headers: readonly (readonly [string, string])[]
      readonly trailers: readonly (readonly [string, string])[]
      readonly call: CallDetail | null
    }
