// The shop: three services, each in its own processes, and shoppers. npm run sample:shop [-- --chaos] [-- --etcd 127.0.0.1:2379]
// It ends by itself. The exit code is 0 only if every check held.
import 'reflect-metadata'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Code, connect, disconnect, explain, RpcError, withCall } from 'polywire'
import { Checks } from '../hello/checks.js'
import { Inventory, Orders, Payments } from './contracts.js'
import { OutOfStock } from './errors.js'
import { Replica } from './replica.js'
import { Tally } from './tally.js'

const { values } = parseArgs({
  options: {
    chaos: { type: 'boolean', default: false },
    etcd: { type: 'string' },
    seconds: { type: 'string', default: '6' },
  },
})
const skus = ['lamp', 'chair', 'table', 'teapot']
const checks = new Checks()
const tally = new Tally()
const began = performance.now()

const registry = values.etcd === undefined ? [] : ['--etcd', values.etcd]
const inventory = await start('inventory', 3, registry)
const payments = await start('payments', 3, registry)
const found = values.etcd === undefined ? ['--inventory', addresses(inventory), '--payments', addresses(payments)] : []
const orders = await start('orders', 2, [...registry, ...found])
const target = values.etcd === undefined ? `grpc://${addresses(orders)}` : `grpc+etcd://${values.etcd}/shop.Orders`
const shop = connect(Orders, target, { policies: tally.policies })

try {
  console.log(
    `The shop runs in ${inventory.length + payments.length + orders.length} processes, found through ${values.etcd ?? 'a static list'}.\n`,
  )
  console.log('What stands around each call:\n')
  for (const service of [Orders, Inventory, Payments]) console.log(`${explain(service)}\n`)
  console.log(`Ten shoppers order one thing after the other for ${values.seconds} s.`)
  const shopping = shopFor(Number(values.seconds) * 1000)
  if (values.chaos) await causeChaos()
  const { placed, failures, poorer } = await shopping
  console.log(
    `\n${placed} orders placed, ${failures.length} failed; ${poorer} came without suggestions, which fell back to none`,
  )
  for (const failure of failures.slice(0, 5)) console.log('    failed:', String(failure))
  checks.expect('every order was placed', placed > 0 && failures.length === 0)
  await askForUnicorn()
  await crowd()
  await sayWhatPoliciesDid()
} finally {
  await disconnect(shop)
  await Promise.all([...inventory, ...payments, ...orders].map(replica => replica.end()))
}
process.exitCode = checks.finish((performance.now() - began) / 1000)

function start(service: Replica['service'], count: number, args: readonly string[]): Promise<Replica[]> {
  return Promise.all(Array.from({ length: count }, () => Replica.start(service, args)))
}

function addresses(replicas: readonly Replica[]): string {
  return replicas.map(({ address }) => address).join(',')
}

/** Shoppers order one thing after the other until the shop closes. */
async function shopFor(milliseconds: number): Promise<{ placed: number; failures: unknown[]; poorer: number }> {
  const outcome = { placed: 0, failures: [] as unknown[], poorer: 0 }
  const closing = performance.now() + milliseconds
  const shopper = async (name: string) => {
    const own = withCall(shop, { headers: { 'x-customer': name } })
    for (let n = 1; performance.now() < closing; n++) {
      try {
        const { youMayLike } = await own.place({ id: `${name}-${n}`, sku: skus[n % skus.length] as string })
        outcome.placed++
        if (youMayLike.length === 0) outcome.poorer++
      } catch (error) {
        outcome.failures.push(error)
      }
      await wait(20)
    }
  }
  await Promise.all(Array.from({ length: 10 }, (_, at) => shopper(`shopper-${at}`)))
  return outcome
}

/** Everything that can happen to a process, in turn. */
async function causeChaos(): Promise<void> {
  const [payment, store, order] = [payments[0] as Replica, inventory[0] as Replica, orders[0] as Replica]
  const step = async (what: string, cause: () => unknown) => {
    await wait(500)
    console.log(`  chaos: ${what}`)
    await cause()
  }
  await step('SIGKILL to a payments replica', () => payment.end('SIGKILL'))
  await step('SIGSTOP to an inventory replica', () => store.signal('SIGSTOP'))
  await step('payments starts again', () => payment.start())
  await step('SIGCONT to the inventory replica', () => store.signal('SIGCONT'))
  await step('an orders replica drains', async () => {
    tally.add(await order.tally())
    await order.end()
  })
  await step('orders starts again', () => order.start())
}

async function askForUnicorn(): Promise<void> {
  const error = await shop.place({ id: 'unicorn-1', sku: 'unicorn' }).catch((reason: unknown) => reason)
  checks.expect(
    'the error of the inventory arrived as its class, through the orders service',
    error instanceof OutOfStock && error.sku === 'unicorn',
  )
}

async function crowd(): Promise<void> {
  const greedy = withCall(shop, { headers: { 'x-customer': 'greedy' } })
  const all = await Promise.allSettled(
    skus.concat(...Array(30).fill(skus)).map((sku, n) => greedy.place({ id: `greedy-${n}`, sku })),
  )
  const refused = all.filter(one => one.status === 'rejected').map(one => (one as PromiseRejectedResult).reason)
  console.log(`\nA greedy customer places ${all.length} orders at once: ${refused.length} are refused`)
  checks.expect(
    'the rate limit held one customer back, and only for the rate',
    refused.length > 0 && refused.every(why => why instanceof RpcError && why.code === Code.resource_exhausted),
  )
}

async function sayWhatPoliciesDid(): Promise<void> {
  for (const replica of orders) tally.add(await replica.tally())
  console.log(
    '\nWhat the policies did (a cached call makes no attempt; hedges, retries and moves make more than one):\n',
  )
  tally.print()
  console.log()
  checks.expect(
    'the cache answered for the inventory',
    tally.of('/shop.Inventory/Stock', 'attempts') < tally.of('/shop.Inventory/Stock', 'calls'),
  )
  if (!values.chaos) return
  const moved = ['/shop.Payments/Charge', '/shop.Inventory/Reserve', '/shop.Orders/Place']
  const repaired = moved.reduce(
    (sum, path) => sum + tally.of(path, 'moved to another replica') + tally.of(path, 'sent again by retry or hedge'),
    0,
  )
  checks.expect('failover and retry had work to do', repaired > 0)
}
