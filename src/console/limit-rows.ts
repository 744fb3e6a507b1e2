import type { Limits } from '../core/limits.js'
import type { ServerInspection } from '../server/inspection.js'
import type { CallHistory } from '../telemetry/call-history.js'
import type { LimitRow } from './server-views.js'

const levels: Readonly<Partial<Record<keyof Limits, string>>> = {
  connections: 'open connections',
  concurrency: 'calls in flight, all services',
  callsPerConnection: 'calls in flight on the busiest connection',
  connectionsPerPeer: 'connections of the peer with most, loopback aside',
  messageBytes: 'the largest request',
}

const bytes: readonly (keyof Limits)[] = ['messageBytes', 'headerBytes', 'unsentBytes']
const counts: readonly (keyof Limits)[] = [
  'connections',
  'concurrency',
  'connectionsPerPeer',
  'callsPerConnection',
  'depth',
  'values',
  'resetBurst',
  'resetsPerSecond',
]

/** The limits of the server, how near they are, and what they refused. */
export function limitRows(
  { limits, protocols, policies, peakConnections, refusedConnections, busiestConnection, peers }: ServerInspection,
  calls: Pick<CallHistory, 'peak' | 'refusals' | 'largestRequest'>,
): LimitRow[] {
  const sum = (figure: 'calls' | 'connections') => Object.values(protocols).reduce((all, one) => all + one[figure], 0)
  const now: Partial<Record<keyof Limits, number>> = {
    connections: sum('connections'),
    concurrency: sum('calls'),
    callsPerConnection: busiestConnection,
    connectionsPerPeer: peers.busiest,
  }
  // What `auto` comes to.
  const measured: { readonly [Name in keyof Limits]?: number | undefined } = {
    connectionsPerPeer: peers.most,
    concurrency: limits.concurrency === 'auto' ? adaptiveLimit(policies) : undefined,
  }
  const peaks: Partial<Record<keyof Limits, number>> = {
    connections: peakConnections,
    concurrency: calls.peak,
    connectionsPerPeer: peers.peak,
    messageBytes: calls.largestRequest,
  }
  const refused: Partial<Record<keyof Limits, number>> = {
    connections: refusedConnections - peers.refused,
    connectionsPerPeer: peers.refused,
  }
  return (Object.keys(limits) as (keyof Limits)[]).map(name => {
    const max = measured[name] ?? limits[name]
    return {
      name,
      what: levels[name] ?? '',
      now: now[name] ?? null,
      max: max === Number.POSITIVE_INFINITY ? null : max,
      peak: peaks[name] ?? null,
      refused: refused[name] ?? calls.refusals.of(name) ?? null,
      unit: bytes.includes(name) ? 'bytes' : counts.includes(name) ? '' : 'ms',
    }
  })
}

/** One limit covers the server, so every method has its state. */
function adaptiveLimit(policies: ServerInspection['policies']): number | undefined {
  const [first] = Object.values(policies)
  const limit = first?.concurrency?.limit
  return typeof limit === 'number' ? Math.floor(limit) : undefined
}
