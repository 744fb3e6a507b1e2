// gRPC at another size. Variant: what grows, and how far: `connections 100`.
import {
  Balanced,
  bytes,
  connect as connectTo,
  Field,
  Message,
  Method,
  Service,
  serve,
  string,
  withCall,
} from '../../../src/index.js'

@Message('bench.ScaleText')
class Text {
  @Field(1, string) text!: string
}

@Message('bench.ScaleBlob')
class Blob {
  @Field(1, bytes) data!: Uint8Array
}

@Service('bench.Scale')
export class Echo {
  @Method({ accepts: Text, returns: Text })
  async say(request: Text): Promise<Text> {
    return request
  }

  /** Goes to every endpoint in turn, so that all of them are connected before calls count. */
  @Method({ accepts: Text, returns: Text })
  @Balanced('round-robin')
  async reach(request: Text): Promise<Text> {
    return request
  }

  @Method({ accepts: Blob, returns: Blob })
  async carry(request: Blob): Promise<Blob> {
    return request
  }
}

/** Services of ten methods each that nobody calls. */
function neighbour(at: number): new () => object {
  @Service(`bench.Neighbour${at}`)
  class Neighbour {}
  for (let n = 0; n < 10; n++) {
    const descriptor = { value: async (request: Text) => request, configurable: true, writable: true }
    Object.defineProperty(Neighbour.prototype, `method${n}`, descriptor)
    Method({ accepts: Text, returns: Text })(Neighbour.prototype, `method${n}`, descriptor)
  }
  return Neighbour
}

const limits = { messageBytes: 80 * 2 ** 20, connections: 20_000, connectionsPerPeer: 20_000 }

export async function listen(variant: string): Promise<string> {
  const [what, size] = variant.split(' ')
  const others = Array.from({ length: what === 'services' ? Number(size) - 1 : 0 }, (_, at) => neighbour(at))
  const server = await serve([Echo, ...others], { protocols: ['grpc'], host: '0.0.0.0', limits })
  return server.address.split(':').at(-1) ?? ''
}

async function connect(port: string, variant: string): Promise<() => Promise<unknown>> {
  const [what, text = '1'] = variant.split(' ')
  const size = Number(text)
  const request = { text: 'hello world' }
  if (what === 'bytes') {
    const blob = { data: new Uint8Array(size).fill(5) }
    // A machine with other work may take longer for 64 MiB than the default deadline allows.
    const echo = withCall(connectTo(Echo, `grpc://127.0.0.1:${port}`, { limits }), { timeout: '3m' })
    return async () => (await echo.carry(blob)).data.length
  }
  if (what === 'connections') {
    const all = Array.from({ length: size }, () => connectTo(Echo, `grpc://127.0.0.1:${port}`))
    await inTurns(all.map(echo => () => echo.say(request)))
    let next = 0
    return () => (all[next++ % size] as Echo).say(request)
  }
  const endpoints = what === 'endpoints' ? size : 1
  const echo = connectTo(Echo, `grpc://${Array.from({ length: endpoints }, (_, at) => `${loopback(at)}:${port}`)}`)
  await inTurns(Array.from({ length: endpoints }, () => () => echo.reach(request)))
  // The first call of a method on a connection prepares its headers. The default balancer picks at random, so a few are left.
  await inTurns(Array.from({ length: 2 * endpoints }, () => () => echo.say(request)))
  return () => echo.say(request)
}

/** All of 127.0.0.0/8 is this machine, on Linux. */
function loopback(at: number): string {
  return `127.0.${at >> 8}.${(at & 255) + 1}`.replace('.256', '.0')
}

/** So many at a time that no queue of new connections overflows. */
async function inTurns(calls: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (let at = 0; at < calls.length; at += 64) await Promise.all(calls.slice(at, at + 64).map(call => call()))
}

export { connect }
