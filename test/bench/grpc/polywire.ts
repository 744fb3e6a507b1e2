import { connect, Service, serve } from '../../../src/index.js'
import { type Blob, type Count, callOf, counted, Echo, large, streamed, streamLength, type Text, text } from './echo.js'

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

export async function listen(): Promise<string> {
  const server = await serve([EchoService], { protocols: ['grpc'], host: '127.0.0.1' })
  return server.address
}

export async function connectTo(address: string, variant: string): Promise<() => Promise<unknown>> {
  const echo = connect(Echo, `grpc://${address}`)
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
