import { once } from 'node:events'
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net'
import avsc from 'avsc'
import { Arg, connect, disconnect, Method, Service, serve, string, unimplemented } from '../../src/index.js'
import { avro } from '../../src/protocols/avro/protocol.js'

const inFlight = 64
const rounds = 5
const warmUp = 20_000
const callsPerRound = 20_000

@Service('bench.Hello')
class Hello {
  @Method(string) async sayHello(@Arg(1, 'name', string) _name: string): Promise<string> {
    return unimplemented()
  }
}

@Service()
class HelloService extends Hello {
  override async sayHello(name: string): Promise<string> {
    return `Hello, ${name}!`
  }
}

interface Contender {
  readonly name: string
  readonly call: () => Promise<unknown>
  readonly close: () => Promise<unknown>
}

async function ours(): Promise<Contender> {
  const server = await serve([HelloService], { host: '127.0.0.1', protocols: [avro] })
  const hello = connect(Hello, `avro://${server.address}`, { protocols: [avro] })
  return {
    name: 'polywire, proxy to method',
    call: () => hello.sayHello('World'),
    close: () => Promise.all([disconnect(hello), server.close()]),
  }
}

/** Its own RPC over its own framing, with the delay of Nagle's algorithm turned off at both ends. */
async function peer(): Promise<Contender> {
  const service = avsc.Service.forProtocol({
    protocol: 'Hello',
    namespace: 'bench',
    messages: { sayHello: { request: [{ name: 'name', type: 'string' }], response: 'string' } },
  })
  const server = service.createServer({ silent: true } as never)
  server.onMessage('sayHello', ({ name }: { name: string }, reply: (error: unknown, text: string) => void) =>
    reply(null, `Hello, ${name}!`),
  )
  const sockets = new Set<Socket>()
  const listener = createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    server.createChannel(socket)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const socket = connectTcp({ port: (listener.address() as AddressInfo).port, noDelay: true })
  const client = service.createClient({ timeout: 0 } as never)
  client.setMaxListeners(0)
  client.createChannel(socket).setMaxListeners(0)
  return {
    name: 'avsc, Nagle off',
    call: () =>
      new Promise((resolve, reject) =>
        client.emitMessage('sayHello', { name: 'World' }, (error: Error | null, text: unknown) =>
          error === null ? resolve(text) : reject(error),
        ),
      ),
    close: async () => {
      client.destroyChannels()
      for (const one of [...sockets, socket]) one.destroy()
      listener.close()
    },
  }
}

/** Calls a second, so many at a time. */
async function rate({ call }: Contender, calls: number): Promise<number> {
  let left = calls
  const worker = async (): Promise<void> => {
    while (left-- > 0) await call()
  }
  const start = process.hrtime.bigint()
  await Promise.all(Array.from({ length: inFlight }, worker))
  return (calls * 1e9) / Number(process.hrtime.bigint() - start)
}

/** Prints unary calls a second over one connection, client and server in this process, the best of several rounds in turn. */
export async function run(): Promise<void> {
  const contenders = [await ours(), await peer()]
  const best = contenders.map(() => 0)
  for (const contender of contenders) await rate(contender, warmUp)
  for (let round = 0; round < rounds; round++) {
    for (const [at, contender] of contenders.entries()) {
      best[at] = Math.max(best[at] as number, await rate(contender, callsPerRound))
    }
  }
  const [mine = 0, theirs = 1] = best
  console.log(`Avro over one socket, unary, ${inFlight} in flight, client and server in one process`)
  contenders.forEach(({ name }, at) => {
    console.log(`  ${name.padEnd(28)} ${Math.round(best[at] as number).toLocaleString('en-US')} calls/s`)
  })
  console.log(`  ratio ${(mine / theirs).toFixed(2)} (target 5)`)
  for (const contender of contenders) await contender.close()
}
