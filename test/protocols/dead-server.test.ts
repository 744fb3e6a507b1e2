import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import test from 'ava'
import { Code, connect, disconnect, Method, nothing, RpcError, Service, withCall } from '../../src/index.js'
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

const wires = [
  ['grpc', ''],
  ['http', ''],
  ['thrift', ''],
  ['thrift', '?transport=http'],
  ['avro', ''],
  ['avro', '?transport=http'],
] as const

for (const [scheme, query] of wires) {
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

/** A server that accepts connections and never says a word. `spoken` resolves when a client has said something. */
async function muteServer() {
  const sockets = new Set<Socket>()
  let hear = () => {}
  const spoken = new Promise<void>(resolve => {
    hear = resolve
  })
  const listener = createServer(socket => {
    sockets.add(socket.on('error', () => {}).on('data', hear))
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    address: `127.0.0.1:${(listener.address() as AddressInfo).port}`,
    spoken,
    close() {
      listener.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

for (const [scheme, query] of wires) {
  test(`disconnect does not wait for a server that accepts and says nothing: ${scheme}${query}`, async t => {
    t.timeout(10_000)
    const server = await muteServer()
    t.teardown(() => server.close())
    const remote = connect(Unary, `${scheme}://${server.address}${query}`, { connectTimeout: '1h' })
    const abort = new AbortController()
    const call = outcome(withCall(remote, { signal: abort.signal }).ping())
    await server.spoken
    abort.abort()
    t.is(((await call).error as RpcError).code, Code.canceled)
    await disconnect(remote)
    t.pass()
  })
}
