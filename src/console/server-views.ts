import type { Shell, Side, Vitals } from './views.js'

/** What `api/server` answers. It names nothing of Node, as `views.ts`. */

export interface LimitRow {
  readonly name: string
  readonly what: string
  /** Null if it is not a level that can be near: a bound of each message, or a time. */
  readonly now: number | null
  readonly max: number | string | null
  readonly unit: string
  /** The highest it was; null if it is not watched. */
  readonly peak: number | null
  /** Connections, requests and calls that it refused since the server started; null if they are not counted. */
  readonly refused: number | null
}

/** An open connection. */
export interface ConnectionRow {
  readonly peer: string
  readonly protocol: string | null
  readonly secure: boolean
  /** Who its client certificate names; null if it has none. */
  readonly identity: string | null
  readonly calls: number
  readonly bytesRead: number
  readonly bytesWritten: number
  readonly age: number
}

/** An open stream. Bytes are null if the wire does not tell them. */
export interface StreamRow {
  readonly name: string
  readonly side: Side
  readonly peer: string
  /** Messages. */
  readonly sent: number
  readonly received: number
  /** Bytes that have arrived here and were not read. */
  readonly unread: number | null
  /** Bytes that were sent, and that the peer does not take yet. */
  readonly unsent: number | null
  readonly age: number
}

export interface ServerView extends Shell {
  /** The version of polywire. */
  readonly version: string
  readonly vitals: Vitals
  /** Served calls, by whether their method is unary. */
  readonly inFlight: { readonly unary: number; readonly streams: number }
  readonly protocols: readonly { readonly name: string; readonly connections: number; readonly calls: number }[]
  readonly refusedConnections: number
  /** The checks of `health`; null while one has not run. */
  readonly checks: readonly { readonly name: string; readonly passes: boolean | null }[]
  /** Its entries in a registry; null if it does not register. */
  readonly registration: {
    readonly registry: string
    readonly address: string
    readonly ttl: number
    readonly state: string
  } | null
  /** Its configuration and those of its channels. */
  readonly configs: readonly { readonly side: Side; readonly revision: number | null; readonly refused: boolean }[]
  readonly limits: readonly LimitRow[]
  /** The oldest 100. */
  readonly connections: readonly ConnectionRow[]
  /** The oldest 100. */
  readonly streams: readonly StreamRow[]
  /** Open streams that began while the console was open, also those beyond the hundred. */
  readonly streamCount: number
}
