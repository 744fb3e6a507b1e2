import { builtInCodecs } from '../../../src/codecs/built-in.js'
import { ActiveCall } from '../../../src/core/call.js'
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
import type { Link } from '../../../src/protocols/protocol.js'

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
  @Timeout({ total: '5s', perTry: '1s' })
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

/** A call made and sent by hand, to the connections in turn: no proxy, no policy, no channel. */
async function bare(addresses: readonly string[]): Promise<() => Promise<unknown>> {
  const schema = serviceOf(Echo)
  const method = schema.methods.find(({ key }) => key === 'plain')
  const protocol = builtInProtocols.find(({ name }) => name === 'grpc')
  const codec = builtInCodecs.find(({ name }) => name === protocol?.defaultCodec)
  if (method === undefined || protocol === undefined || codec === undefined) throw new Error('there is no gRPC')
  const settings = { codec, options: undefined, limits: defaultLimits, clock: systemClock, connectTimeout: 5000 }
  const dialer = protocol.bind([schema], settings)
  const { signal } = new AbortController()
  const links = await Promise.all(addresses.map(address => dialer.dial({ address }, signal)))
  let turn = 0
  return async () => {
    const call = new ActiveCall({ method, message: request, clock: systemClock, deadline: Number.POSITIVE_INFINITY })
    try {
      return await (links[turn++ % links.length] as Link).handle(call)
    } finally {
      call.finish()
    }
  }
}

export { connectTo as connect }
