// The shop of the soak, under load: node --expose-gc worker.js. It ends with its parent.
import { setTimeout } from 'node:timers/promises'
import { openShop } from '../shop.js'

process.once('disconnect', () => process.exit())
const shop = await openShop()
let orders = 0

/** Any message asks for a reading. */
process.on('message', async () => {
  // Collected twice, with a pause for what the first one leaves to finalizers.
  global.gc?.()
  await setTimeout(100)
  global.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  process.send?.({ heap: heapUsed + external, orders })
})
process.send?.(shop.url)

/** Milliseconds between two bursts. */
const pause = 50
const ordersPerSecond = 1000

for (let due = performance.now(); ; due += pause) {
  await shop.order((ordersPerSecond * pause) / 1000)
  orders += (ordersPerSecond * pause) / 1000
  await setTimeout(Math.max(0, due + pause - performance.now()))
}
