import type { Codec } from '../codecs/codec.js'
import type { EngineHandler } from '../core/active-call.js'
import type { Clock } from '../core/clock.js'
import type { PolicyDefinition } from '../core/policy.js'
import type { MethodSchema } from '../schema/service.js'

/** Makes what sends the calls of a method that takes a stream: `webSocket`. */
export type RequestStreams = (method: MethodSchema, settings: PageSettings) => EngineHandler

/** What the methods of one client share. */
export interface PageSettings {
  /** The URL before the paths of methods, without a slash at its end. */
  readonly base: string
  /** Of the messages. */
  readonly codec: Codec
  /** For declared errors, in the codec of messages. */
  readonly json: Codec
  /** Sends the requests. */
  readonly fetch: typeof globalThis.fetch
  /** Whether the browser sends cookies. */
  readonly credentials: 'include' | 'omit' | 'same-origin'
  /** Whether `@Safe` methods are called by GET. */
  readonly get: boolean
  /** The most bytes of one reply. */
  readonly messageBytes: number
  /** Carries the methods that take a stream. Undefined: they fail with `not_carried`. */
  readonly requestStreams: RequestStreams | undefined
  /** Those given to `connect`. */
  readonly policies: readonly PolicyDefinition[]
  /** The source of time. */
  readonly clock: Clock
}
