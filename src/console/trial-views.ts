/** The JSON of calls that the console makes. */

import type { TypeTable } from './type-views.js'
import type { CallDetail, Decision, Side } from './views.js'

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
  /** Whether gRPC and HTTP tell the contract by reflection. Of a server elsewhere nothing is known: true. */
  readonly reflects: boolean
  readonly wires: readonly { readonly name: string; readonly target: string; readonly codecs: readonly string[] }[]
  /** The routes of `@Http`, for the wire `rest`. */
  readonly routes: readonly RouteView[]
}

/** A route of `@Http`. Fields have their names in JSON. */
export interface RouteView {
  /** `GET /v1/users/{id}`. */
  readonly name: string
  readonly verb: string
  /** As in `PathTemplate`. */
  readonly segments: readonly string[]
  readonly variables: readonly {
    /** A field, and those that it is in: `['user', 'id']`. */
    readonly names: readonly string[]
    readonly from: number
    readonly to: number
    readonly hasSlashes: boolean
  }[]
  /** What follows the colon at the end; empty if there is none. */
  readonly suffix: string
  /** The field that is the body; `*`: the whole request; null: there is no body. */
  readonly body: string | null
  /** Whether the body is bytes. */
  readonly isBytes: boolean
  /** Whether the body is a form: parameters as in a query. A body that is neither is JSON. */
  readonly isForm: boolean
  /** The media type of the body; null if the caller must choose it. */
  readonly takes: string | null
  /** The media type of a reply of bytes; null: replies are JSON. */
  readonly gives: string | null
  /** The media types between which `accept` chooses; none if there is nothing to choose. */
  readonly answers: readonly string[]
}

/** The body of `POST api/call`. */
export interface TrialRequest {
  /** `hello.Hello/SayHello`. */
  readonly method: string
  /** Default `served`. */
  readonly side?: Side
  /** Default: the first that carries the method. A called method has the wire of its channel. `rest`: by a route of `@Http`. */
  readonly wire?: string
  /** For `rest`: `GET /v1/users/{id}`. Default: the first. */
  readonly route?: string
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
  | { readonly type: 'sent'; readonly at: number; readonly message: unknown; readonly bytes: number }
  | {
      readonly type: 'received'
      readonly at: number
      readonly message: unknown
      readonly bytes: number
      /** The id of a server-sent event. */
      readonly id?: string
    }
  | { readonly type: 'half-closed'; readonly at: number }
  | { readonly type: 'decided'; readonly at: number; readonly decision: Omit<Decision, 'at'> }
  | {
      readonly type: 'end'
      readonly at: number
      readonly code: string
      readonly reason?: string
      readonly message?: string
      readonly error?: { readonly type: string; readonly fields: unknown }
      readonly headers: readonly (readonly [string, string])[]
      readonly trailers: readonly (readonly [string, string])[]
      /** For `rest`; undefined if no response came. */
      readonly http?: HttpAnswer
      readonly call: CallDetail | null
    }

/** The response to a request by a route. */
export interface HttpAnswer {
  readonly status: number
  /** `Not Found`. */
  readonly text: string
  /** The body of `application/problem+json`. */
  readonly problem?: unknown
  /** A reply of bytes. */
  readonly file?: {
    readonly type: string
    readonly bytes: number
    /** Null if it is too large for the console, or sensitive. */
    readonly base64: string | null
  }
}
