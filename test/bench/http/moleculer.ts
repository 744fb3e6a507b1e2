// Moleculer over its TCP transporter, without discovery over UDP.
import { type BrokerOptions, ServiceBroker } from 'moleculer'
import { freePort } from '../../support/free-port.js'
import { checkUser, user } from './user.js'

function optionsOf(nodeID: string, options: { port?: number; urls: string[] }): BrokerOptions {
  return {
    nodeID,
    logLevel: 'error',
    transporter: { type: 'TCP', options: { udpDiscovery: false, useHostname: false, ...options } },
  }
}

export async function listen(): Promise<string> {
  const port = await freePort()
  const broker = new ServiceBroker(optionsOf('server', { port, urls: [] }))
  broker.createService({ name: 'bench', actions: { echo: ({ params }) => checkUser(params) } })
  await broker.start()
  return String(port)
}

export async function connect(port: string): Promise<() => Promise<unknown>> {
  const broker = new ServiceBroker(optionsOf('client', { urls: [`tcp://127.0.0.1:${port}/server`] }))
  await broker.start()
  await broker.waitForServices('bench', 30_000)
  return () => broker.call('bench.echo', user)
}
