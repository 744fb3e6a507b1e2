import { connect, Service, serve, withCall } from '../../../src/index.js'
import {
  type Blob,
  type Count,
  callOf,
  counted,
  Echo,
  hold,
  large,
  streamed,
  streamLength,
  type Text,
  text,
} from './echo.js'

@Service()
class EchoService extends Echo {
  override async unary(request: Text): Promise<Text> {
    return request
  }

  override async large(request: Blob): Promise<Blob> {
    return request
  }

  override async *stream({ count }: Count): AsyncIterable<Blob> {
    for (let i = 0; i < count; i++) yield streamed
  }
}

@Service()
class HoldingService extends Echo {
  override unary(): Promise<Text> {
    return hold()
  }
}

export async function listen(variant: string): Promise<string> {
  const isHolding = variant === 'held'
  const limits = isHolding ? { callsPerConnection: 100_000 } : {}
  const service = isHolding ? HoldingService : EchoService
  const server = await serve([service], { protocols: ['grpc'], host: '127.0.0.1', limits })
  return server.address
}

export async function connectTo(address: string, variant: string): Promise<() => Promise<unknown>> {
  const client = connect(Echo, `grpc://${address}`)
  // A slow machine takes more than the default deadline to look at calls that are held.
  const echo = variant === 'held' ? withCall(client, { timeout: '10m' }) : client
  return callOf(
    {
      unary: () => echo.unary({ text }),
      large: async () => (await echo.large({ data: large })).data.length,
      stream: () => counted(echo.stream({ count: streamLength })),
    },
    variant,
  )
}

export { connectTo as connect }
