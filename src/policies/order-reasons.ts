import type { Stage } from '../core/policy.js'
import type { order } from './order.js'

/** Why a step of a stage is where it is. */
export interface StepReason {
  /** How the guide writes it; default: its decorator. */
  readonly title?: string
  /** It only holds settings, so the guide's picture leaves it out. */
  readonly runsNothing?: true
  readonly why: string
}

/** The reasons for `order`. docs/guide/policies.md is generated from both. */
export const reasons: { readonly [S in Stage]: { readonly [N in (typeof order)[S][number]]: StepReason } } = {
  call: {
    cached: {
      why: 'A cache hit costs no deadline and no attempt. It is outside of the fallback, whose reply is never cached.',
    },
    fallback: { why: 'It can still answer when the deadline has passed, so it is outside of the timeout.' },
    timeout: {
      title: '`@Timeout` (total)',
      why: 'One deadline covers all attempts and the waits between them.',
    },
    retryThrottling: {
      title: '`retryThrottling` of a [configuration](configuration.md)',
      runsNothing: true,
      why: 'It sets the token bucket that `@Retry` and `@Hedge` share, and runs nothing itself.',
    },
    resumable: { why: 'Each part of a stream is a call that may be retried. One deadline covers all of them.' },
    retry: { why: 'It waits between attempts, within the one deadline.' },
    hedge: {
      why: 'Each hedge is a whole attempt that may fail over. A method has `@Retry` or `@Hedge`, not both.',
    },
    failover: { why: 'Another endpoint needs no waiting, so it comes before any backoff.' },
  },
  attempt: {
    compressed: { why: 'It only tells the protocol how to send, and stops no attempt.' },
    timeout: { title: '`@Timeout` (`perTry`)', why: 'It bounds one attempt, connecting included.' },
    balanced: { why: 'Every attempt picks an endpoint. What is kept per endpoint follows.' },
    waitForReady: { why: 'It tells the pick to wait until an endpoint is connected.' },
    circuitBreaker: { why: 'A call that an open circuit stops needs no place in the bulkhead.' },
    bulkhead: { why: 'Only calls that are really sent take a place.' },
  },
  handler: {
    reportLoad: { title: '`reportLoad` of `serve`', why: 'It counts the calls that the others refuse, too.' },
    rateLimit: { why: 'A refused call must cost as little as possible.' },
    concurrency: {
      title: '`limits.concurrency` of `serve`',
      why: 'It covers the whole server. A call that the rate limit refuses takes no place.',
    },
    authorize: { why: 'The limits protect it. It judges by headers and peer, before the body is parsed.' },
    compressed: { why: 'It is outside of the cache, whose replies are compressed too.' },
    decode: {
      title: 'decode the request',
      why: 'The body of a call that was refused until here is never parsed.',
    },
    validate: {
      title: '[validation](codecs.md)',
      why: 'It needs the message. An invalid request never reaches the cache or the handler.',
    },
    cached: { why: 'Limits and rules apply to every call, also to one that the cache answers.' },
  },
}
