import { setTimeout as wait } from 'node:timers/promises'
import test from 'ava'
import { Etcd } from '../support/etcd.js'
import { Fleet, type Replica } from './fleet.js'
import { Trial } from './trial.js'

test('etcd is killed and started again under load; a replica dies meanwhile, and one that starts after it is found', async t => {
  const etcd = await Etcd.start()
  t.teardown(() => etcd.remove())
  const fleet = await Fleet.start(5, `etcd://${etcd.address}`)
  t.teardown(() => fleet.stop())
  const control = await Fleet.start(5)
  t.teardown(() => control.stop())
  const trial = new Trial({ fleet, control, target: `grpc+etcd://${etcd.address}/chaos.Work` })
  const back = fleet.replicas[0] as Replica
  await trial.survives(t, async fault => {
    await wait(500)
    await fault(() => etcd.kill())
    await wait(1700)
    await fault(() => back.kill())
    await wait(1700)
    await fault(async () => {
      await etcd.up()
      await back.start()
    })
    await wait(1500)
    const before = back.attempts
    for (let waited = 0; back.attempts === before && waited < 5000; waited += 50) await wait(50)
    t.true(back.attempts > before, 'the replica that came back gets calls')
  })
})
