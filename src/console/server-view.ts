import { type CallRecording, peerOf } from '../telemetry/call-record.js'
import { configsOf } from './config-view.js'
import { limitRows } from './limit-rows.js'
import { nameOf, type Scene } from './scene.js'
import type { ServerView, StreamRow } from './server-views.js'
import { shellView } from './shell-view.js'
import type { VitalsWatch } from './vitals.js'

/** Open streams, and connections, of one answer, oldest first. */
const mostStreams = 100

export function serverView(scene: Scene, vitals: VitalsWatch): ServerView {
  // The checks run for the next look, at most once a second.
  void scene.server.ready()
  const { calls } = scene
  const state = scene.server.inspect()
  return {
    ...shellView(scene),
    version: scene.version,
    vitals: vitals.read(),
    inFlight: inFlight(calls),
    protocols: Object.entries(state.protocols).map(([name, { connections, calls }]) => ({ name, connections, calls })),
    refusedConnections: state.refusedConnections,
    checks: Object.entries(state.health).map(([name, passes]) => ({ name, passes })),
    registration: state.registration ?? null,
    configs: configsOf(scene).map(({ side, history }) => ({
      side,
      revision: history?.revision ?? null,
      refused: history?.refused !== undefined,
    })),
    limits: limitRows(state, calls),
    connections: scene.server.connections(mostStreams).map(({ protocol = null, identity = null, age, ...one }) => ({
      ...one,
      protocol,
      identity,
      age: Math.round(age),
    })),
    streams: calls.openStreams.slice(0, mostStreams).map(streamRow),
    streamCount: calls.openStreams.length,
  }
}

function inFlight(calls: Scene['calls']): ServerView['inFlight'] {
  const sum = { unary: 0, streams: 0 }
  for (const { method, inFlight: running } of calls.methodsOf('server'))
    sum[method.kind === 'unary' ? 'unary' : 'streams'] += running
  return sum
}

function streamRow({ call, side, sent, received, backlog, age }: CallRecording): StreamRow {
  return {
    name: nameOf(call.method),
    side: side === 'server' ? 'served' : 'called',
    peer: peerOf(call, side) ?? '',
    sent: sent.messages,
    received: received.messages,
    unread: backlog?.unread ?? null,
    unsent: backlog?.unsent ?? null,
    age,
  }
}
