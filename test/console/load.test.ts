import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import { connect } from '../../src/client/connect.js'
import { disconnect } from '../../src/client/proxy.js'
import type { Overview } from '../../src/console/views.js'
import { CallHistory } from '../../src/telemetry/call-history.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { Orders, type Quote } from './contract.js'
import { json, tried, withConsole } from './rig.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heapNow(): number {
  // Twice, because what the first frees may have held more.
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

test.serial('memory is flat under calls, of which every other one fails, while somebody looks', async t => {
  const calls = new CallHistory()
  const server = await withConsole(t, { console: { calls } })
  const orders = connect(Orders, `grpc://${server.address}`, { observers: [calls], report: () => {} })
  t.teardown(() => disconnect(orders))
  const drive = async (rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      await json(`${server.consoleUrl}api/overview`)
      const quotes = Array.from({ length: 50 }, (_, at) =>
        orders.quote({ customer: at % 2 === 0 ? 'fail' : `c${at}` } as Quote).catch(() => {}),
      )
      await Promise.all(quotes)
    }
  }
  // Until every list is as long as it gets.
  await drive(30)
  const before = heapNow()
  await drive(90)
  const ratio = heapNow() / before
  t.true(ratio < 1.07, `${ratio} of the heap of before, after three times as many calls`)
})

test.serial('a field of 1 MB is cut, which is said, in messages and in errors', async t => {
  const server = await withConsole(t)
  const long = 'x'.repeat(1_000_000)
  const events = await tried<{ readonly type: string; readonly message?: unknown }>(server, {
    method: 'shop.Orders/Quote',
    messages: [{ customer: long }],
  })
  for (const { type, message } of events) {
    const text = JSON.stringify(message ?? '')
    t.true(text.length < 3000, type)
    if (type === 'sent' || type === 'received') t.regex(text, /cut from 10000\d\d characters/)
  }
})

test.serial('a clock that jumps leaves figures that add up', async t => {
  const clock = new VirtualClock()
  const calls = new CallHistory({ clock })
  const server = await withConsole(t, { console: { calls } })
  const orders = connect(Orders, `grpc://${server.address}`)
  t.teardown(() => disconnect(orders))
  const counted = async (range: string) => {
    const { traffic, methods } = await json<Overview>(`${server.consoleUrl}api/overview?range=${range}`)
    const figures = methods.find(({ name }) => name === 'shop.Orders/Divide')?.figures
    const sum = (values: readonly number[] = []) => values.reduce((all, one) => all + one, 0)
    t.is(sum(figures?.calls), sum(traffic.served.calls))
    return sum(figures?.calls)
  }
  await orders.divide(6, 3)
  t.is(await counted('minute'), 1)
  // A year, as after a long sleep of the machine.
  await clock.advance(365 * 24 * 3_600_000)
  t.is(await counted('day'), 0)
  await orders.divide(6, 3)
  t.deepEqual([await counted('minute'), await counted('day')], [1, 1])
})
