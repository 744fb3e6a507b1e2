import { setTimeout as wait } from 'node:timers/promises'
import test from 'ava'
import { Fleet } from './fleet.js'
import { Clients } from './load.js'

// A server that drains must let nothing get lost, so a client needs no retry: failover moves on only from what no handler has seen.
for (const protocol of ['grpc', 'http', 'thrift', 'avro']) {
  test.serial(`${protocol}: with failover alone a rolling restart loses no call`, async t => {
    const fleet = await Fleet.start(3)
    const clients = new Clients(`${protocol}://${fleet.addresses}`)
    t.teardown(() => fleet.stop())
    t.teardown(() => clients.close())
    const load = clients.load(1000)
    await wait(300)
    t.deepEqual(await fleet.restartAll(), [0, 0, 0], 'each replica drained and ended by itself')
    await wait(300)
    await load.end()
    await fleet.told()
    t.log(`${load.calls} calls, ${fleet.attempts} attempts`)
    t.deepEqual([...new Set(load.failures.map(String))], [])
    t.is(fleet.attempts, load.calls, 'each call reached one handler')
  })
}
