import { limitRows } from './limit-rows.js'
import { nameOf, type Scene } from './scene.js'
import type { ServerView } from './server-views.js'
import { shellView } from './shell-view.js'
import type { VitalsWatch } from './vitals.js'

/** Open streams, and connections, of one answer, oldest first. */
const mostStreams = 100

export function serverView(scene: Scene, vitals: VitalsWatch): ServerView {
  // The checks run for the next look, at most once a second.
  void scene.server.ready()
  const state = scene.server.inspect()
  return {
    ...shellView(scene),
    vitals: vitals.read(),
    protocols: Object.entries(state.protocols).map(([name, { connections, calls }]) => ({ name, connections, calls })),
    refusedConnections: state.refusedConnections,
    checks: Object.entries(state.health).map(([name, passes]) => ({ name, passes })),
    limits: limitRows(state, scene.calls),
    connections: scene.server.connections(mostStreams).map(({ protocol = null, identity = null, age, ...one }) => ({
      ...one,
      protocol,
      identity,
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
