import type { Balancer, Node } from '../../../src/balancers/balancer.js'
import { Channel } from '../../../src/client/channel.js'
import { createProxy } from '../../../src/client/proxy.js'
import { builtInCodecs } from '../../../src/codecs/built-in.js'
import { defaultLimits } from '../../../src/core/limits.js'
import { systemClock } from '../../../src/core/timer-wheel.js'
import { serviceOf } from '../../../src/decorators/read-service.js'
import {
  Balanced,
  CircuitBreaker,
  connect,
  Failover,
  Field,
  Idempotent,
  Message,
  Method,
  Retry,
  Service,
  serve,
  string,
  Timeout,
} from '../../../src/index.js'
import { builtInProtocols } from '../../../src/protocols/built-in.js'
import { builtInResolvers } from '../../../src/resolvers/built-in.js'

@Message('bench.PolicyText')
class Text {
  @Field(1, string) text!: string
}

@Service('bench.PolicyEcho')
class Echo {
  @Method({ accepts: Text, returns: Text })
  async plain(request: Text): Promise<Text> {
    return request
  }

  @Method({ accepts: Text, returns: Text })
  @Idempotent()
  @Timeout('5s')
  @Retry()
  @Failover()
  @CircuitBreaker()
  @Balanced('adaptive')
  async guarded(request: Text): Promise<Text> {
    return request
  }
}

/** Two addresses of one server, so that a balancer has something to choose from. */
export async function listen(): Promise<string> {
  const listener = { host: '127.0.0.1' }
  const server = await serve([Echo], { protocols: ['grpc'], listeners: [listener, listener] })
  return server.addresses.join(',')
}

const request = { text: 'hello world' }

/** @param variant what stands between the caller and the wire, and how many connections there are */
async function connectTo(addresses: string, variant: string): Promise<() => Promise<unknown>> {
  const one = addresses.split(',').slice(0, 1)
  switch (variant) {
    case 'bare':
      return bare(one)
    case 'bare, two':
      return bare(addresses.split(','))
    case 'default': {
      const echo = connect(Echo, `grpc://${one}`)
      return () => echo.plain(request)
    }
    default: {
      const echo = connect(Echo, `grpc://${addresses}`)
      return () => echo.guarded(request)
    }
  }
}

/** A remote whose calls go to the endpoints in turn, through a channel but no policy: no deadline, no failover, nothing watched. */
function bare(addresses: readonly string[]): () => Promise<unknown> {
  const schema = serviceOf(Echo)
  const protocol = builtInProtocols.find(({ name }) => name === 'grpc')
  const codec = builtInCodecs.find(({ name }) => name === protocol?.defaultCodec)
  const resolver = builtInResolvers.find(({ name }) => name === 'static')
  if (protocol === undefined || codec === undefined || resolver === undefined) throw new Error('there is no gRPC')
  const settings = { codec, options: undefined, limits: defaultLimits, clock: systemClock, connectTimeout: 5000 }
  const endpoints = addresses.map(address => ({ address }))
  const channel = new Channel({
    source: {
      resolver,
      target: { authority: '', path: '', endpoints, defaultPort: protocol.defaultPort },
      connect: noRegistry,
    },
    dialer: protocol.bind([schema], settings),
    protocol: 'grpc',
    uri: 'grpc://bench',
    secure: false,
    clock: systemClock,
    random: Math.random,
    given: {},
    maxReconnectDelay: 120_000,
    eager: false,
    zone: undefined,
    subset: undefined,
    ejection: undefined,
    health: undefined,
    observer: undefined,
    report: console.error,
  })
  const handler = channel.dispatcher({ name: 'in-turn', factory: inTurn }, [])
  const methods = schema.methods.map(method => ({
    schema: method,
    handler,
    guarded: false,
    observer: undefined,
    states: new Map(),
    timeout: Number.POSITIVE_INFINITY,
    clock: systemClock,
    channel,
    waitForReady: false,
  }))
  const echo = createProxy(schema, methods, channel) as Echo
  return () => echo.plain(request)
}

function inTurn(): Balancer {
  let all: readonly Node[] = []
  let turn = 0
  return {
    update: nodes => {
      all = nodes
    },
    pick: () => all[turn++ % all.length],
  }
}

function noRegistry(): never {
  throw new Error('the endpoints are given')
}

export { connectTo as connect }
