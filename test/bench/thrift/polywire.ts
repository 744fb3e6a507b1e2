// Framed Thrift by our server and proxy. Variant: the codec.
import { connect as connectTo, serve } from '../../../src/index.js'
import { Hello, HelloService } from '../../fixtures/thrift/hello.js'

export async function listen(): Promise<string> {
  const server = await serve([HelloService], { host: '127.0.0.1', protocols: ['thrift'] })
  return server.address
}

export async function connect(address: string, variant: string): Promise<() => Promise<unknown>> {
  const hello = connectTo(Hello, `thrift://${address}?codec=${variant}`)
  return () => hello.sayHello('World')
}
