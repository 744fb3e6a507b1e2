import test from 'ava'
import { type Call, connect, disconnect, Service, serve, withCall } from '../../../src/index.js'
import { Hello, type HelloReply, type HelloRequest, HelloService } from '../../fixtures/hello.js'

@Service()
class Padded extends HelloService {
  override async headers(_request: HelloRequest, call?: Call): Promise<HelloReply> {
    call?.replyHeaders.set('x-head', ' head ')
    call?.replyTrailers.set('x-tail', ' tail ')
    return { message: JSON.stringify(call?.headers.get('x-in')) }
  }
}

for (const wire of ['http', 'http2', 'grpc', 'ws'])
  test(`${wire}: white space at the ends of a header's value is not sent, and fails no call`, async t => {
    const server = await serve([Padded], { port: 0, host: '127.0.0.1', protocols: ['grpc', 'http'] })
    const remote = connect(Hello, `${wire}://${server.address}`)
    t.teardown(async () => {
      await disconnect(remote)
      await server.close()
    })
    let ended: Call | undefined
    const headers = { 'x-in': ' in ' }
    const options = { headers, onEnd: (call: Call) => (ended = call) }
    t.is((await withCall(remote, options).headers({ name: '', tags: [] })).message, '"in"')
    t.is(ended?.replyHeaders.get('x-head'), 'head')
    t.is(ended?.replyTrailers.get('x-tail'), 'tail')
  })
