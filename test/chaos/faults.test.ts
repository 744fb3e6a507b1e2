import { setTimeout as wait } from 'node:timers/promises'
import test from 'ava'
import { balanced } from '../../src/index.js'
import { CuttingProxy } from './cutting-proxy.js'
import { Fleet, type Replica } from './fleet.js'
import { handles, heapInUse } from './resources.js'
import { Trial } from './trial.js'
import { healthy } from './work.js'

let fleet: Fleet
let control: Fleet
let trial: Trial
/** Of this process, in which all clients are. */
let before: { readonly handles: readonly string[]; readonly heap: number }
/** Of the replicas as they were born last. */
let born: readonly { readonly heap: number }[]

const victim = (at: number): Replica => fleet.replicas[at] as Replica

test.before(async () => {
  const atFirst = handles()
  fleet = await Fleet.start(5)
  control = await Fleet.start(5)
  trial = new Trial({ fleet, control })
  before = { handles: atFirst, heap: 0 }
})

test.after.always(() => Promise.all([fleet?.stop(), control?.stop()]))

test.serial('a calm fleet answers everything', async t => {
  await trial.survives(t, () => wait(2000))
  // Only now is everything loaded and compiled.
  before = { ...before, heap: await heapInUse() }
})

test.serial('SIGKILL of one replica, and of another', t =>
  trial.survives(t, async fault => {
    for (const at of [0, 1]) {
      await fault(() => victim(at).kill())
      await wait(1700)
      await fault(() => victim(at).start())
      await wait(1700)
    }
  }),
)

test.serial('a rolling restart of every replica', async t => {
  await trial.survives(t, async fault => {
    for (const replica of fleet.replicas) {
      await fault(async () => {
        t.is(await replica.drain(), 0)
        await replica.start()
      })
      await wait(1500)
    }
  })
  born = await fleet.resources()
})

test.serial('SIGSTOP, and SIGCONT after three seconds', t =>
  trial.survives(t, async fault => {
    await wait(300)
    await fault(() => victim(2).signal('SIGSTOP'))
    await wait(3000)
    await fault(() => victim(2).signal('SIGCONT'))
    await wait(1500)
  }),
)

test.serial('a replica that answers only errors', t =>
  trial.survives(t, async fault => {
    await wait(300)
    await fault(() => victim(3).behave({ ...healthy, failing: true }))
    await wait(3000)
  }),
)

// The adaptive balancer leaves such a replica alone by itself; any other needs it to be ejected.
for (const [what, fault] of [
  ['answers only errors', (replica: Replica) => replica.behave({ ...healthy, failing: true })],
  ['hangs', (replica: Replica) => replica.signal('SIGSTOP')],
] as const) {
  test.serial(`a replica that ${what}, and clients that pick in turn`, async t => {
    await new Trial({ fleet, control, policies: [balanced('round-robin')] }).survives(t, async cause => {
      await wait(300)
      await cause(() => fault(victim(0)))
      await wait(3000)
      await cause(() => victim(0).signal('SIGCONT'))
    })
  })
}

test.serial('a replica that is 50 times slower', t =>
  trial.survives(t, async fault => {
    await wait(300)
    await fault(() => victim(4).behave({ ...healthy, delay: healthy.delay * 50 }))
    await wait(4000)
  }),
)

test.serial('connections reset in the middle of a reply', async t => {
  const [cutting, calm] = await Promise.all([CuttingProxy.beforeAll(fleet), CuttingProxy.beforeAll(control)])
  const through = new Trial({
    fleet,
    control,
    target: CuttingProxy.targetOf(cutting),
    controlTarget: CuttingProxy.targetOf(calm),
  })
  await through.survives(t, async fault => {
    await wait(500)
    const cuts = cutting.map(proxy => proxy.cuts)
    for (const proxy of cutting) {
      await fault(() => proxy.cut())
      await wait(300)
    }
    await wait(2000)
    t.deepEqual(
      cutting.map(proxy => proxy.cuts),
      cuts.map(count => count + 1),
    )
  })
  await Promise.all([...cutting, ...calm].map(proxy => proxy.close()))
})

test.serial('after all that no connection is left, and no memory, in clients and replicas', async t => {
  const heap = await heapInUse()
  t.log(`clients: ${mebibytes(before.heap)} MiB of heap before, ${mebibytes(heap)} MiB after`)
  t.true(heap - before.heap < 3 * 2 ** 20, `${heap - before.heap} bytes more in the clients`)
  const now = await fleet.resources()
  for (const [at, { heap, connections }] of now.entries()) {
    const bornWith = born[at]?.heap ?? 0
    t.log(`a replica: ${mebibytes(bornWith)} MiB when it was new, ${mebibytes(heap)} MiB after`)
    t.true(heap - bornWith < 3 * 2 ** 20, `${heap - bornWith} bytes more in a replica`)
    t.is(connections, 0, 'connections that a replica still has')
  }
  await Promise.all([fleet.stop(), control.stop()])
  for (let waited = 0; String(handles()) !== String(before.handles) && waited < 5000; waited += 50) await wait(50)
  t.deepEqual(handles(), before.handles)
})

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}
