// One replica, a process of its own: node replica.js <port> <registry>. It tells its parent its port and, every few milliseconds, how many
// attempts it has seen. On SIGTERM it drains and then has to end by itself: a handle that is left keeps it.
import { serve } from '../../src/index.js'
import type { Order, Told } from './fleet.js'
import { connections, heapInUse } from './resources.js'
import { Work } from './work.js'

const [port = '0', registry = ''] = process.argv.slice(2)
const work = new Work()
const tell = (told: Told) => process.send?.(told)
let toldOf = 0
const tellAttempts = () => {
  if (work.attempts > toldOf) tell({ attempts: work.attempts - toldOf })
  toldOf = work.attempts
}

process.on('message', async (order: Order) => {
  if ('behave' in order) work.behaviour = order.behave
  else {
    const heap = await heapInUse()
    tellAttempts()
    tell({ resources: { heap, connections: connections() } })
  }
})
const server = await serve([work], {
  host: '127.0.0.1',
  port: Number(port),
  ...(registry === '' ? {} : { register: { at: registry, ttl: '2s' } }),
  report: () => {},
})
const telling = setInterval(tellAttempts, 10)
tell({ port: server.port })

process.once('SIGTERM', async () => {
  await server.close()
  clearInterval(telling)
  tellAttempts()
  if (process.connected) process.disconnect()
})
// Without its parent it has no reason to be.
process.once('disconnect', () => {
  clearInterval(telling)
  void server.close()
})
