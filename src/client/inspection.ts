import type { CallCountInspection } from '../core/call-count.js'
import type { Http2Inspection, MethodState } from '../core/inspection.js'
import type { ChannelNode } from './node.js'

/** What a client's channel is doing now. A copy: it does not change, and changing it has no effect. */
export interface ChannelInspection {
  /** A number that no other channel of this process has. gRPC's channelz shows it. */
  readonly id: number
  /** The name of the resolver, and what it looks for. */
  readonly target: string
  /** Whether endpoints were found. It is false until the first call, unless the client is `eager`. */
  readonly resolved: boolean
  /** Whether the client was closed. */
  readonly closed: boolean
  /** The calls of its clients, with those that a policy answered or stopped. */
  readonly calls: CallCountInspection
  /** Every endpoint, usable or not. */
  readonly endpoints: readonly EndpointInspection[]
  /** The names of the balancers that its methods use. */
  readonly balancers: readonly string[]
  /** The state of the policies, by the path of the method and the name of the policy: circuits, bulkheads, budgets, caches. */
  readonly methods: Readonly<Record<string, MethodState>>
}

/** One endpoint of a channel. Times are milliseconds from now. */
export interface EndpointInspection {
  /** A number that no other endpoint of this process has. gRPC's channelz shows it. */
  readonly id: number
  /** Its address. */
  readonly address: string
  /** The share of the calls that it gets relative to others. */
  readonly weight: number
  /** Its zone; undefined if it has none. */
  readonly zone: string | undefined
  /** Endpoints with the lowest priority are used first. */
  readonly priority: number
  /**
   * `idle`: no connection yet. `connecting`, `connected`. `down`: connecting failed, and the backoff is running. `ejected`: as an outlier.
   * `not_serving`: its health service says so.
   */
  readonly state: 'idle' | 'connecting' | 'connected' | 'down' | 'ejected' | 'not_serving'
  /** Whether balancers may pick it now. */
  readonly usable: boolean
  /** Calls in flight from this channel. */
  readonly inFlight: number
  /** The attempts that were sent to it. */
  readonly calls: CallCountInspection
  /** Its connections over HTTP/2; those of other protocols are not listed. */
  readonly connections: readonly Http2Inspection[]
  /** Failures in a row that outlier ejection counted. */
  readonly failuresInARow: number
  /** Until it is dialled again, or its ejection ends; 0 if it is neither down nor ejected. */
  readonly returnsIn: number
  /** Why connecting failed last. Default: it did not. */
  readonly lastError?: string
}

export function inspectNode(node: ChannelNode, now: number, usable: boolean): EndpointInspection {
  const { id, endpoint, record, downUntil, inFlight, lastError } = node
  const until = Math.max(downUntil, record.ejectedUntil)
  return {
    id,
    address: endpoint.address,
    weight: node.weight,
    zone: endpoint.zone,
    priority: endpoint.priority ?? 0,
    state: stateOf(node, now),
    usable,
    inFlight,
    calls: node.calls.inspect(now),
    connections: node.connections.map(one => one.inspect()),
    failuresInARow: record.failuresInARow,
    returnsIn: Math.max(0, until - now),
    ...(lastError !== undefined && { lastError: lastError.message }),
  }
}

function stateOf(node: ChannelNode, now: number): EndpointInspection['state'] {
  if (node.record.ejectedUntil > now) return 'ejected'
  if (node.notServing) return 'not_serving'
  if (node.link !== undefined) return 'connected'
  if (node.isDialing) return 'connecting'
  return node.downUntil > now ? 'down' : 'idle'
}
