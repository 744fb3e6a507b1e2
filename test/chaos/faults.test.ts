import { setTimeout as wait } from 'node:timers/promises'
import test from 'ava'
import { CuttingProxy } from './cutting-proxy.js'
import { Fleet, type Replica } from './fleet.js'
import type { Clients } from './load.js'
import { heapInUse, openSockets } from './resources.js'
import { survivors, Trial } from './trial.js'
import { healthy } from './work.js'

let trial: Trial
let fleet: Fleet
let clients: Clients
let baseline: { readonly sockets: number; readonly heap: number }

const victim = (at: number): Replica => fleet.replicas[at] as Replica

test.before(async () => {
  const sockets = openSockets()
  trial = await Trial.prepare()
  fleet = await Fleet.start(5)
  clients = survivors(`grpc://${fleet.addresses}`)
  const warm = clients.load(1000)
  await wait(1500)
  await warm.end()
  baseline = { sockets, heap: await heapInUse() }
})

test.afterEach.always(() => fleet?.heal())

test.after.always(() => fleet?.stop())

test.serial('a calm fleet answers everything', t => trial.survives(t, { clients, fleet }, () => wait(1000)))

test.serial('SIGKILL of one replica, and of another', t =>
  trial.survives(t, { clients, fleet }, async fault => {
    for (const at of [0, 1]) {
      await fault(() => victim(at).kill())
      await wait(1500)
      await fault(() => victim(at).start())
      await wait(1500)
    }
  }),
)

test.serial('SIGSTOP, and SIGCONT after two seconds', t =>
  trial.survives(t, { clients, fleet }, async fault => {
    await wait(300)
    await fault(() => victim(2).signal('SIGSTOP'))
    await wait(2500)
    await fault(() => victim(2).signal('SIGCONT'))
    await wait(1500)
  }),
)

test.serial('a replica that answers only errors', t =>
  trial.survives(t, { clients, fleet }, async fault => {
    await wait(300)
    await fault(() => victim(3).behave({ ...healthy, failing: true }))
    await wait(3000)
  }),
)

test.serial('a replica that is 50 times slower', t =>
  trial.survives(t, { clients, fleet }, async fault => {
    await wait(300)
    await fault(() => victim(4).behave({ ...healthy, delay: healthy.delay * 50 }))
    await wait(4000)
  }),
)

test.serial('a rolling restart of every replica', t =>
  trial.survives(t, { clients, fleet }, async fault => {
    await wait(500)
    await fault(async () => t.deepEqual(await fleet.restartAll(), [0, 0, 0, 0, 0]))
    await wait(1600)
  }),
)

test.serial('connections reset in the middle of a reply', async t => {
  const proxies = await Promise.all(fleet.replicas.map(({ address }) => CuttingProxy.before(address)))
  const through = survivors(`grpc://${proxies.map(({ address }) => address).join(',')}`)
  await trial.survives(t, { clients: through, fleet }, async fault => {
    await wait(500)
    for (const proxy of proxies) {
      await fault(() => proxy.cut())
      await wait(300)
    }
    await wait(1500)
  })
  t.deepEqual(
    proxies.map(({ cuts }) => cuts),
    [1, 1, 1, 1, 1],
  )
  await through.close()
  await Promise.all(proxies.map(proxy => proxy.close()))
})

test.serial('after all that no socket is left, and no memory', async t => {
  const heap = await heapInUse()
  await clients.close()
  await trial.end()
  for (let waited = 0; openSockets() > baseline.sockets && waited < 5000; waited += 50) await wait(50)
  t.is(openSockets(), baseline.sockets)
  const grown = (heap - baseline.heap) / 2 ** 20
  t.log(`${(baseline.heap / 2 ** 20).toFixed(1)} MiB of heap before, ${grown.toFixed(1)} MiB more after`)
  t.true(grown < 8, `${grown} MiB`)
})
