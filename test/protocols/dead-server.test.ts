import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import test from 'ava'
import { Code, connect, disconnect, Method, nothing, RpcError, Service } from '../../src/index.js'
import { outcome } from '../support/calls.js'

@Service('test.Unary')
class Unary {
  @Method(nothing) async ping(): Promise<void> {}
}

/** A port at which nobody listens any more. */
async function deadPort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  listener.close()
  await once(listener, 'close')
  return port
}

for (const [scheme, query] of [
  ['grpc', ''],
  ['http', ''],
  ['thrift', ''],
  ['thrift', '?transport=http'],
  ['avro', ''],
  ['avro', '?transport=http'],
] as const) {
  test(`a server that is not there is named, with the method that was called: ${scheme}${query}`, async t => {
    const address = `127.0.0.1:${await deadPort()}`
    const remote = connect(Unary, `${scheme}://${address}${query}`)
    const { error } = await outcome(remote.ping())
    t.true(error instanceof RpcError)
    // A busy machine may have the channel try it twice, and then name both tries.
    t.like(error as RpcError, { code: Code.unavailable, delivery: 'unsent' })
    const { message } = error as RpcError
    t.true(message.startsWith('/test.Unary/Ping: ') && message.includes(`cannot connect to ${address}: `), message)
    await disconnect(remote)
  })
}
