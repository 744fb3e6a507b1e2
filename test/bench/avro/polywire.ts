import { connect as connectTo, serve } from '../../../src/index.js'
import { Hello, HelloService } from '../../fixtures/thrift/hello.js'

export async function listen(): Promise<string> {
  const server = await serve([HelloService], { host: '127.0.0.1', protocols: ['avro'] })
  return server.address
}

export async function connect(address: string): Promise<() => Promise<unknown>> {
  const hello = connectTo(Hello, `avro://${address}`)
  return () => hello.sayHello('World')
}
