// One replica of one service, in its own process: node process.js orders --inventory host:port,... --payments host:port,...
// or node process.js orders --etcd host:port, which registers the replica and finds the others.
import 'reflect-metadata'
import { parseArgs } from 'node:util'
import { Container } from 'inversify'
import { serve } from 'polywire'
import { remotes, services } from 'polywire/inversify'
import { Inventory, Payments } from './contracts.js'
import { InventoryService, OrdersService, PaymentsService } from './services.js'
import { Tally } from './tally.js'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string', default: '0' },
    etcd: { type: 'string' },
    inventory: { type: 'string', default: '' },
    payments: { type: 'string', default: '' },
  },
})
const offered = { inventory: InventoryService, payments: PaymentsService, orders: OrdersService }
const service = offered[positionals[0] as keyof typeof offered]
const tally = new Tally()
const container = new Container()
if (service === OrdersService) {
  const { etcd, inventory, payments } = values
  const at = (name: string, addresses: string) =>
    etcd === undefined ? `grpc://${addresses}` : `grpc+etcd://${etcd}/${name}`
  container.load(remotes({ at: at('shop.Inventory', inventory), policies: tally.policies }, Inventory))
  container.load(remotes({ at: at('shop.Payments', payments), policies: tally.policies }, Payments))
}
container.load(services(service))

const server = await serve([service], {
  container,
  host: '127.0.0.1',
  port: Number(values.port),
  protocols: ['grpc', 'http'],
  // Inventory calls no other service, so its latency shows how much it can take. An overloaded replica refuses, and another one is asked.
  ...(positionals[0] === 'inventory' ? { limits: { concurrency: 'auto' as const } } : {}),
  ...(values.etcd === undefined ? {} : { register: { at: `etcd://${values.etcd}`, ttl: '3s' } }),
}).catch((error: unknown) => {
  // For example if the registry cannot be reached: one line says so.
  console.error(`${positionals[0]}: ${String(error)}`)
  process.exit(1)
})
process.send?.({ address: server.address })
process.on('message', () => process.send?.({ tally }))

let leaving = false
async function leave(): Promise<void> {
  if (leaving) return
  leaving = true
  await server.close()
  await container.unbindAllAsync()
  if (process.connected) process.disconnect()
}
process.on('SIGTERM', leave)
process.on('disconnect', leave)
