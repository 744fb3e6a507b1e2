import { AsyncLocalStorage } from 'node:async_hooks'
import test from 'ava'
import { connect, disconnect, Method, Service, serve, streamOf, string, use, withCall } from '../../src/index.js'

const tenants = new AsyncLocalStorage<string>()

@Service('test.Tenants')
class Tenants {
  @Method({ returns: string }) async unary(): Promise<string> {
    return String(tenants.getStore())
  }

  @Method({ returns: streamOf(string) }) async *generator(): AsyncIterable<string> {
    for (let i = 0; i < 3; i++) {
      yield String(tenants.getStore())
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  @Method({ accepts: streamOf(string), returns: string }) async collect(
    requests: AsyncIterable<string>,
  ): Promise<string> {
    const seen = new Set<string>()
    for await (const request of requests) seen.add(`${request} for ${tenants.getStore()}`)
    return [...seen].join()
  }
}

const tenant = use(next => call => tenants.run(String(call.headers.get('x-tenant')), () => next(call)), {
  name: 'tenant',
  stage: 'handler',
})

for (const scheme of ['grpc', 'http', 'memory']) {
  async function remoteOf(policies: readonly (typeof tenant)[]) {
    const name = `${scheme}-${policies.length}`
    const server = await serve([Tenants], { host: '127.0.0.1', memory: name, policies })
    const remote = connect(Tenants, scheme === 'memory' ? `memory://${name}` : `${scheme}://${server.address}`)
    const close = async () => {
      await disconnect(remote)
      await server.close()
    }
    return { remote, close }
  }

  test(`handlers and their generators see what a policy around them has stored: ${scheme}`, async t => {
    const { remote, close } = await remoteOf([tenant])
    t.teardown(close)
    const one = async (id: string) => {
      const calls = withCall(remote, { headers: { 'x-tenant': id } })
      t.is(await calls.unary(), id)
      for await (const seen of calls.generator()) t.is(seen, id)
      const source = async function* () {
        yield 'a request'
        yield 'a request'
      }
      t.is(await calls.collect(source()), `a request for ${id}`)
    }
    await Promise.all(Array.from({ length: 10 }, (_, i) => one(`tenant-${i}`)))
  })

  test(`what a caller has stored stays with the caller, in its stream of requests too: ${scheme}`, async t => {
    const { remote, close } = await remoteOf([])
    t.teardown(close)
    await tenants.run('caller', async () => {
      t.is(await remote.unary(), 'undefined')
      for await (const seen of remote.generator()) {
        t.is(seen, 'undefined')
        t.is(tenants.getStore(), 'caller')
      }
      const source = async function* () {
        yield `from ${tenants.getStore()}`
        await new Promise(resolve => setImmediate(resolve))
        yield `from ${tenants.getStore()}`
      }
      t.is(await remote.collect(source()), 'from caller for undefined')
    })
  })
}
