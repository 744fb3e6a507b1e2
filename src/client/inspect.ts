import type { ChannelInspection } from './inspection.js'
import { channelOf } from './proxy.js'

/**
 * Returns what a client is doing now: endpoints with their connections, calls in flight and ejections, and the state of its policies.
 *
 * Clients of one channel, by `withCall` or `remotes`, return the same. It reads, and changes nothing.
 *
 * @example
 * const { endpoints } = inspect(hello)
 * console.table(endpoints.map(({ address, state, inFlight }) => ({ address, state, inFlight })))
 *
 * @throws RpcError `failed_precondition` (`not_a_remote`) if it is not a client
 * @see docs/guide/observability.md#looking-inside
 */
export function inspect(remote: object): ChannelInspection {
  return channelOf(remote, 'inspect').inspect()
}
