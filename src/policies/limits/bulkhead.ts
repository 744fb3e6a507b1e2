/**
 * Problem: one endpoint that hangs collects calls until memory, connections and patience of the whole process are with it.
 *
 * One for each method and endpoint, so it stands behind the pick; innermost, since only calls that really go out take a place. A full one
 * answers `resource_exhausted` at once, as a call that never left this process, so that failover moves on.
 *
 *     @Method(HelloReply) @Bulkhead({ concurrency: 20, queue: 5 })
 *
 * A call holds its place until its reply is complete: a stream until its end.
 */
import { type Call, streamsOut } from '../../core/call.js'
import { Code } from '../../core/code.js'
import { EndingStream } from '../../core/ending-stream.js'
import type { Handler, PolicyDefinition } from '../../core/policy.js'
import { misuse, RpcError } from '../../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../../decorators/policy.js'
import { ByEndpoint } from '../by-endpoint.js'

export interface BulkheadOptions {
  /** Calls of the method that may be in flight to one endpoint; 1 or more. */
  readonly concurrency: number
  /** Calls that may wait for a place, in order, until they are cancelled or their deadline passes; default 0. */
  readonly queue?: number
}

/** As a value, for `connect(..., { policies: [bulkhead({ concurrency: 20 })] })`. */
export function bulkhead(options: BulkheadOptions): PolicyDefinition {
  const { concurrency, queue = 0 } = options
  if (!Number.isInteger(concurrency) || concurrency < 1 || !Number.isInteger(queue) || queue < 0) {
    throw misuse(
      'invalid_policy',
      `bulkhead: concurrency is ${concurrency} and queue ${queue}; write whole numbers of at least 1 and 0`,
    )
  }
  return Object.freeze({
    name: 'bulkhead',
    stages: ['attempt'] as const,
    rank: 80,
    summary: `bulkhead(${concurrency} at once${queue > 0 ? `, ${queue} waiting` : ''}, for each endpoint)`,
    build: (_stage, scope) => {
      const rooms = new ByEndpoint(() => new Room(concurrency, queue))
      return next => admitting(next, rooms, streamsOut(scope.method))
    },
  } satisfies PolicyDefinition)
}

/** As a decorator. */
export function Bulkhead(options: BulkheadOptions): PolicyDecorator {
  return declarePolicy(bulkhead(options))
}

function admitting(next: Handler, rooms: ByEndpoint<Room>, streaming: boolean): Handler {
  return async call => {
    const room = rooms.of(call)
    if (!room.enter()) await room.queued(call)
    let held = true
    try {
      const reply = await next(call)
      if (!streaming) return reply
      held = false
      return new EndingStream(call, reply as AsyncIterable<unknown>, () => room.leave())
    } finally {
      if (held) room.leave()
    }
  }
}

/** Invariant: nobody waits while there is a place. */
class Room {
  private inside = 0
  private readonly waiting = new Set<() => void>()

  constructor(
    private readonly places: number,
    private readonly queue: number,
  ) {}

  get idle(): boolean {
    return this.inside === 0
  }

  enter(): boolean {
    if (this.inside >= this.places) return false
    this.inside++
    return true
  }

  /** Resolves with a place. */
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

  /** The place goes to whoever has waited longest. */
  leave(): void {
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
    return new RpcError(
      `${call.method.path}: ${this.places} calls to ${call.endpoint?.address} are in flight${waiting}; its bulkhead takes no more`,
      Code.resource_exhausted,
      { reason: 'bulkhead_full', delivery: 'unsent' },
    )
  }
}
