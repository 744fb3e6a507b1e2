import test from 'ava'
import {
  Code,
  connect,
  currentCall,
  Method,
  RpcError,
  Service,
  serve,
  streamOf,
  string,
  withCall,
} from '../../src/index.js'

const turn = () => new Promise(resolve => setImmediate(resolve))

@Service('test.Inner')
class Inner {
  @Method({ returns: string }) async name(): Promise<string> {
    return currentCall().method.path
  }
}

@Service('test.Outer')
class Outer {
  @Method({ returns: string }) async afterAnother(): Promise<string> {
    const before = currentCall()
    await using inner = connect(Inner, 'memory://current-inner')
    const reply = inner.name()
    const same = currentCall() === before
    return `${before.method.name} ${await reply} ${same}`
  }

  @Method({ returns: string }) async late(): Promise<string> {
    await turn()
    return currentCall().method.name
  }

  @Method({ returns: string }) throwing(): Promise<string> {
    currentCall()
    throw new RpcError('no', Code.aborted)
  }

  @Method({ returns: streamOf(string) }) async *ticks(): AsyncIterable<string> {
    for (let i = 0; i < 3; i++) yield `${currentCall().headers.get('x-id')}`
  }

  @Method({ accepts: streamOf(string), returns: string }) async collect(texts: AsyncIterable<string>): Promise<string> {
    const call = currentCall()
    let all = ''
    for await (const text of texts) all += text
    return `${all} for ${call.headers.get('x-id')}`
  }
}

for (const scheme of ['grpc', 'http', 'memory']) {
  test.serial(`a handler finds its call, and only its own: ${scheme}`, async t => {
    const inner = await serve([Inner], { port: false, memory: 'current-inner' })
    t.teardown(() => inner.close())
    const server = await serve([Outer], { host: '127.0.0.1', memory: `current-${scheme}` })
    t.teardown(() => server.close())
    const target = scheme === 'memory' ? `memory://current-${scheme}` : `${scheme}://${server.address}`
    await using outer = connect(Outer, target)
    t.is(await outer.afterAnother(), 'AfterAnother /test.Inner/Name true')
    const one = async (id: string) => {
      const remote = withCall(outer, { headers: { 'x-id': id } })
      for await (const tick of remote.ticks()) t.is(tick, id)
      const source = async function* () {
        yield 'a'
        await turn()
        yield 'b'
      }
      t.is(await remote.collect(source()), `ab for ${id}`)
    }
    await Promise.all(Array.from({ length: 5 }, (_, i) => one(`id-${i}`)))
    t.is((await t.throwsAsync(outer.throwing(), { instanceOf: RpcError }))?.code, Code.aborted)
    for (let i = 0; i < 2; i++) {
      const error = await t.throwsAsync(outer.late(), { instanceOf: RpcError })
      t.is(error?.code, Code.internal)
      t.regex(error?.message ?? '', /before the first await/)
    }
  })
}

test('outside of a handler there is no call', t => {
  const error = t.throws(() => currentCall(), { instanceOf: RpcError })
  t.is(error?.reason, 'no_current_call')
})
