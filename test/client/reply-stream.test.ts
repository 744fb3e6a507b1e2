import test from 'ava'
import { connect, disconnect, Method, Service, serve, streamOf, string } from '../../src/index.js'

@Service('test.Ticker')
class Ticker {
  @Method({ returns: streamOf(string) }) async *tick(): AsyncIterable<string> {
    yield 'once'
    await new Promise<never>(() => {})
  }
}

for (const scheme of ['grpc', 'http', 'memory'] as const) {
  test(`leaving a stream ends a next() that still waits, and does not fail it: ${scheme}`, async t => {
    const name = `ticker-${scheme}`
    const server = await serve([new Ticker()], { host: '127.0.0.1', memory: name, limits: { drainTimeout: 30 } })
    const remote = connect(Ticker, scheme === 'memory' ? `memory://${name}` : `${scheme}://${server.address}`)
    t.teardown(async () => {
      await disconnect(remote)
      await server.close()
    })
    const stream = remote.tick()[Symbol.asyncIterator]()
    t.deepEqual(await stream.next(), { done: false, value: 'once' })
    const pending = stream.next()
    await stream.return?.()
    t.deepEqual(await pending, { done: true, value: undefined })
  })
}
