import type { Call } from '../../core/call.js'
import { Code } from '../../core/code.js'
import { integer, type OptionReaders, readOptions } from '../../core/options.js'
import type { Handler, PolicyDefinition, PolicyKind } from '../../core/policy.js'
import { failure, type RpcError } from '../../core/rpc-error.js'
import { type Held, type Holding, untilEnded } from '../../core/until-ended.js'
import { declarePolicy, type PolicyDecorator } from '../../decorators/policy.js'
import { ByEndpoint } from '../by-endpoint.js'

/** Options of `@Bulkhead` and `bulkhead`. */
export interface BulkheadOptions {
  /** Calls in flight per method and endpoint, 1 or more. Required. */
  readonly concurrency: number
  /** Further calls that wait for a place, in order, until they are cancelled or out of time; default 0. */
  readonly queuedCalls?: number
}

const readers = {
  concurrency: /* @__PURE__ */ integer({ from: 1 }),
  queuedCalls: /* @__PURE__ */ integer({ from: 0 }, 0),
} satisfies OptionReaders<BulkheadOptions>

/**
 * The policy of `@Bulkhead` as a value.
 *
 * @example
 * connect(Hello, target, { policies: [bulkhead({ concurrency: 20 }), failover()] })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`) if an option is out of range
 * @see docs/guide/policies.md#bulkhead
 */
export function bulkhead(options: BulkheadOptions): PolicyDefinition {
  const { concurrency, queuedCalls } = readOptions('bulkhead', options, readers)
  return Object.freeze({
    name: bulkheadKind.name,
    stages: ['attempt'] as const,
    summary: `bulkhead(${concurrency} at once${queuedCalls > 0 ? `, ${queuedCalls} waiting` : ''}, for each endpoint)`,
    build: (_stage, { method, expose }) => {
      const rooms = new ByEndpoint(() => new Room(concurrency, queuedCalls))
      expose?.(bulkheadKind.name, () => ({ endpoints: rooms.inspect(room => room.inspect()) }))
      return next => admitting(untilEnded(next, method), rooms)
    },
  } satisfies PolicyDefinition)
}

export const bulkheadKind: PolicyKind = { name: 'bulkhead', options: readers, make: bulkhead }

/**
 * Bounds the calls in flight to each endpoint, so that one that hangs cannot collect calls until the process has no memory left for the
 * others.
 *
 * A call that does not fit fails at once with `resource_exhausted` (`bulkhead_full`), unsent, so that `@Failover` tries another endpoint.
 * With `queuedCalls` some wait for a place instead. A stream holds its place until it ends.
 *
 * @example
 * @Method({ accepts: QuoteRequest, returns: Quote }) @Bulkhead({ concurrency: 20, queuedCalls: 5 }) @Failover()
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`) if an option is out of range
 * @see docs/guide/policies.md#bulkhead
 */
export function Bulkhead(options: BulkheadOptions): PolicyDecorator {
  return declarePolicy(bulkhead(options))
}

function admitting(run: Holding, rooms: ByEndpoint<Room>): Handler {
  return call => {
    const room = rooms.of(call)
    return room.enter() ? run(call, room) : room.queued(call).then(() => run(call, room))
  }
}

/** Invariant: no call waits while there is a place. */
class Room implements Held {
  private inside = 0
  private readonly waiting = new Set<() => void>()

  constructor(
    private readonly places: number,
    private readonly queue: number,
  ) {}

  get idle(): boolean {
    return this.inside === 0
  }

  inspect() {
    return { inFlight: this.inside, waiting: this.waiting.size, concurrency: this.places, queuedCalls: this.queue }
  }

  enter(): boolean {
    if (this.inside >= this.places) return false
    this.inside++
    return true
  }

  /** Resolves when the call has a place. */
  queued(call: Call): Promise<void> {
    if (this.waiting.size >= this.queue) return Promise.reject(this.full(call))
    return new Promise((resolve, reject) => {
      const admit = () => {
        call.offCancel(giveUp)
        resolve()
      }
      const giveUp = (reason: RpcError) => {
        this.waiting.delete(admit)
        reject(reason)
      }
      this.waiting.add(admit)
      call.onCancel(giveUp)
    })
  }

  /** Gives the place to the call that has waited longest. */
  ended(): void {
    const [admit] = this.waiting
    if (admit === undefined) {
      this.inside--
      return
    }
    this.waiting.delete(admit)
    admit()
  }

  private full(call: Call): RpcError {
    const waiting = this.queue > 0 ? ` and ${this.queue} waiting` : ''
    return failure(
      'bulkhead_full',
      Code.resource_exhausted,
      `${call.method.path}: ${this.places} calls to ${call.endpoint?.address} are in flight${waiting}; its bulkhead takes no more`,
      { delivery: 'unsent' },
    )
  }
}
