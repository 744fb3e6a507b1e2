/** The JSON of calls that the console makes. */

import type { TypeTable } from './type-views.js'
import type { CallDetail, Side } from './views.js'

/** How a method can be tried. */
export interface TrialForm {
  readonly name: string
  readonly side: Side
  readonly key: string
  readonly className: string
  readonly kind: string
  readonly idempotency: string
  readonly positional: boolean
  /** What the class says of the method. */
  readonly doc: string | null
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
