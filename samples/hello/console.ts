// npm start -- --console: after the tour a gateway calls the replicas that are left, and shows itself in the console until Ctrl-C.
import { once } from 'node:events'
import { CallHistory, connect, disconnect, Service, serve } from 'polywire'
import { DivisionByZero, Hello, type HelloReply, type HelloRequest } from './contract.js'
import type { RunningReplica } from './replicas.js'

/** Serves Hello by calling the replicas. */
@Service()
class Gateway extends Hello {
  constructor(private readonly replicas: Hello) {
    super()
  }

  override sayHello(request: HelloRequest): Promise<HelloReply> {
    return this.replicas.sayHello(request)
  }

  override async divide(dividend: number, divisor: number): Promise<number> {
    if (divisor === 0) throw DivisionByZero.of(`cannot divide ${dividend} by zero`, { dividend })
    return this.replicas.divide(dividend, divisor)
  }

  override hang(why: string): Promise<void> {
    return this.replicas.hang(why)
  }
}

export async function openConsole(protocol: string, replicas: readonly RunningReplica[]): Promise<void> {
  const calls = new CallHistory()
  const endpoints = replicas.map(({ endpoint }) => endpoint)
  const remote = connect(Hello, { protocol, endpoints }, { observers: [calls] })
  const server = await serve([new Gateway(remote)], { host: '127.0.0.1', console: { calls } })
  const hello = connect(Hello, `http://${server.address}`)
  // A little traffic, of which something fails.
  const traffic = setInterval(() => {
    void hello.sayHello({ name: 'console' }).catch(() => {})
    void hello.divide(7, Math.floor(Math.random() * 4)).catch(() => {})
  }, 50)
  console.log(`\nThe console of a gateway to ${replicas.length} replicas: ${server.consoleUrl}\nCtrl-C ends it.`)
  await once(process, 'SIGINT')
  clearInterval(traffic)
  await Promise.all([disconnect(hello), disconnect(remote)])
  await server.close()
}
