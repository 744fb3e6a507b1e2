import { type MethodInfo, streamsIn, streamsOut } from '../../core/call.js'
import type { Duration } from '../../core/duration.js'
import type { EventKey } from '../../core/event-id.js'
import { number, type OptionReader, type OptionReaders, readOptions, refused, time } from '../../core/options.js'
import type { PolicyDefinition, PolicyKind } from '../../core/policy.js'
import { ownPolicies } from '../../decorators/declarations.js'
import type { StreamingMethodDecorator } from '../../decorators/policy.js'
import { throttleOf } from '../attempts/retry-throttle.js'
import { idsBy } from './ids.js'
import { ResumedStream } from './resumed-stream.js'

/** Options of `@Resumable` and `resumable`. */
export interface ResumableOptions<R> {
  /**
   * Returns what tells a reply from all others of the stream. A reply without a key (undefined, or an empty text), such as a heartbeat, is
   * delivered, but the stream does not resume after it. Required.
   */
  readonly key: (reply: R) => EventKey | undefined
  /** Default 50 ms. Wait n since the last reply is `min(initialBackoff * multiplier^(n-1), maxBackoff)`, ±20 % at random. */
  readonly initialBackoff?: Duration
  /** Default 5 s. */
  readonly maxBackoff?: Duration
  /** Above 0, default 2. */
  readonly multiplier?: number
}

const keyReader: OptionReader<(reply: never) => unknown> = (value, where) => {
  if (typeof value === 'function') return value as (reply: never) => unknown
  throw refused(where, 'a function from a reply to its key, such as (tick: Tick) => tick.id', value)
}

const readers = {
  key: keyReader,
  initialBackoff: time('50ms'),
  maxBackoff: time('5s'),
  multiplier: number({ above: 0 }, 2),
} satisfies OptionReaders<ResumableOptions<never>>

/**
 * The policy of `@Resumable` as a value, for clients of a method that continues after the header `last-event-id`.
 *
 * @example
 * connect(Ticker, target, { policies: [resumable({ key: (tick: Tick) => tick.id })] })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`, `invalid_duration`) if an option is missing or out of range
 * @see docs/guide/policies.md#resumable
 */
export function resumable<R>(options: ResumableOptions<R>): PolicyDefinition {
  const { key, ...backoff } = readOptions('resumable', options, readers)
  const { initialBackoff, maxBackoff, multiplier } = backoff
  return Object.freeze({
    name: resumableKind.name,
    stages: ['call'] as const,
    summary: `resumable(backoff ${initialBackoff} ms x${multiplier} up to ${maxBackoff} ms)`,
    resumption: { key, idOf: idsBy(key), wait: initialBackoff },
    conflict: conflictOf,
    build: (_stage, scope) => {
      const settings = { idOf: idsBy(key, scope.method.path), throttle: throttleOf(scope), ...backoff }
      return next => ResumedStream.handler(settings, next)
    },
  } satisfies PolicyDefinition)
}

export const resumableKind: PolicyKind = { name: 'resumable', options: undefined, make: resumable as never }

/**
 * Continues a stream of replies over lost connections. If a connection breaks, the client calls again with the key of the last reply that
 * its caller has seen, and the handler goes on after it: `currentCall().lastEventId`. A browser's `EventSource` does the same by the
 * method's route.
 *
 * It waits with backoff and jitter, and tries until the call's deadline: give the method a `@Timeout` as long as the stream. It resumes
 * only after failures of the connection or of a server that shuts down, never after an error of the handler. Until the stream has begun, a
 * failed call is for `@Retry`. Replies that come again are dropped.
 *
 * @example
 * @Method({ accepts: WatchRequest, returns: streamOf(Tick) }) @Timeout(Infinity)
 * @Resumable({ key: (tick: Tick) => tick.id })
 * async *watch(request: WatchRequest): AsyncIterable<Tick> { yield* ticksAfter(Number(currentCall().lastEventId ?? 0)) }
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`, `invalid_duration`) if an option is missing or out of range
 * @see docs/guide/policies.md#resumable
 */
export function Resumable<R>(options: ResumableOptions<R>): StreamingMethodDecorator<R>
export function Resumable<R>(options: ResumableOptions<R>): (...args: unknown[]) => void {
  const definition = resumable(options)
  return (...args) => {
    ownPolicies(args)?.push(definition)
  }
}

function conflictOf(method: MethodInfo): string | undefined {
  if (!streamsOut(method)) return '@Resumable needs a stream of replies, and this method returns one message'
  if (streamsIn(method)) return '@Resumable cannot send a stream of requests again; let the method take one message'
  return undefined
}
