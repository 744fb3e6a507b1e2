import type { Limits } from '../core/limits.js'
import type { ServerInspection } from '../server/inspection.js'
import { nameOf, type Scene } from './scene.js'
import { shellView } from './shell-view.js'
import type { LimitRow, ServerView } from './views.js'
import type { VitalsWatch } from './vitals.js'

/** Open streams, and connections, of one answer, oldest first. */
const mostStreams = 100

export function serverView(scene: Scene, vitals: VitalsWatch): ServerView {
  const state = scene.server.inspect()
  return {
    ...shellView(scene),
    vitals: vitals.read(),
    protocols: Object.entries(state.protocols).map(([name, { connections, calls }]) => ({ name, connections, calls })),
    refusedConnections: state.refusedConnections,
    limits: limitRows(state, scene.calls.peak),
    connections: scene.server.connections(mostStreams).map(({ protocol = null, age, ...one }) => ({
      ...one,
      protocol,
      age: Math.round(age),
    })),
    streams: scene.calls.openStreams.slice(0, mostStreams).map(({ call, side, sent, received, age }) => ({
      name: nameOf(call.method),
      side: side === 'server' ? 'served' : 'called',
      peer: (side === 'server' ? call.peer?.address : call.endpoint?.address) ?? '',
      sent: sent.messages,
      received: received.messages,
      age,
    })),
  }
}

const levels: Readonly<Partial<Record<keyof Limits, string>>> = {
  connections: 'open connections',
  concurrency: 'calls in flight, all services',
  callsPerConnection: 'calls in flight on the busiest connection',
  connectionsPerPeer: 'connections of the peer with most, loopback aside',
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

function limitRows(
  { limits, protocols, peakConnections, busiestConnection, peers }: ServerInspection,
  peakCalls: number,
): LimitRow[] {
  const sum = (figure: 'calls' | 'connections') => Object.values(protocols).reduce((all, one) => all + one[figure], 0)
  const now: Partial<Record<keyof Limits, number>> = {
    connections: sum('connections'),
    concurrency: sum('calls'),
    callsPerConnection: busiestConnection,
    connectionsPerPeer: peers.busiest,
  }
  const peaks: Partial<Record<keyof Limits, number>> = {
    connections: peakConnections,
    concurrency: peakCalls,
    connectionsPerPeer: peers.peak,
  }
  return (Object.keys(limits) as (keyof Limits)[]).map(name => {
    const max = name === 'connectionsPerPeer' ? peers.most : limits[name]
    return {
      name,
      what: levels[name] ?? '',
      now: now[name] ?? null,
      max: max === Number.POSITIVE_INFINITY ? null : max,
      peak: peaks[name] ?? null,
      unit: bytes.includes(name) ? 'bytes' : counts.includes(name) ? '' : 'ms',
    }
  })
}
