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

export interface ServerView extends Shell {
  readonly vitals: Vitals
  readonly protocols: readonly { readonly name: string; readonly connections: number; readonly calls: number }[]
  readonly refusedConnections: number
  /** The checks of `health`; null while one has not run. */
  readonly checks: readonly { readonly name: string; readonly passes: boolean | null }[]
  readonly limits: readonly LimitRow[]
  /** The oldest 100. */
  readonly connections: readonly ConnectionRow[]
  readonly streams: readonly {
    readonly name: string
    readonly side: Side
    readonly peer: string
    readonly sent: number
    readonly received: number
    readonly age: number
  }[]
}
