import { AsyncLocalStorage, createHook } from 'node:async_hooks'
import test from 'ava'
import { type CallObserver, connect, disconnect, Method, Service, serve, string, withCall } from '../../src/index.js'

@Service('test.Promises')
class Promises {
  @Method({ returns: string }) async answer(): Promise<string> {
    return 'yes'
  }
}

const observers: Readonly<Record<string, { readonly observers: CallObserver[]; readonly promises: number }>> = {
  // That of the method, of the server, of the client and of `await`.
  'nobody observes': { observers: [], promises: 4 },
  'is only counted': { observers: [{ needsContext: false, callBegan: () => ({ ended: () => {} }) }], promises: 4 },
  'is observed in the context of its caller': { observers: [{ callBegan: () => ({ ended: () => {} }) }], promises: 7 },
  'runs in a context': {
    observers: [{ needsContext: false, callBegan: () => ({ run: next => next(), ended: () => {} }) }],
    promises: 4,
  },
}

for (const [name, { observers: given, promises: expected }] of Object.entries(observers)) {
  test.serial(`a unary call over gRPC that ${name} makes ${expected} promises with that of its await`, async t => {
    const server = await serve([Promises], { host: '127.0.0.1', protocols: ['grpc'] })
    const remote = connect(Promises, `grpc://${server.address}`, { observers: given })
    const calls = 50
    for (let i = 0; i < calls; i++) await remote.answer()
    let promises = 0
    const hook = createHook({
      init(_id, type) {
        if (type === 'PROMISE') promises++
      },
    }).enable()
    for (let i = 0; i < calls; i++) await remote.answer()
    hook.disable()
    // A few belong to nobody's call.
    t.true(promises / calls < expected + 1, `${promises / calls} promises a call`)
    await disconnect(remote)
    await server.close()
  })
}

test.serial('onEnd and observers are told in the asynchronous context of the caller', async t => {
  const callers = new AsyncLocalStorage<string>()
  const told: string[] = []
  const observer: CallObserver = {
    callBegan: () => ({ ended: () => void told.push(`observer: ${callers.getStore()}`) }),
  }
  const server = await serve([Promises], { host: '127.0.0.1', protocols: ['grpc'] })
  const plain = connect(Promises, `grpc://${server.address}`)
  const observed = connect(Promises, `grpc://${server.address}`, { observers: [observer] })
  // The connection, whose events have its context, is another caller's.
  await callers.run('first', () => Promise.all([plain.answer(), observed.answer()]))
  const onEnd = () => void told.push(`onEnd: ${callers.getStore()}`)
  await callers.run('second', () => withCall(plain, { onEnd }).answer())
  await callers.run('second', () => observed.answer())
  t.deepEqual(told, ['observer: first', 'onEnd: second', 'observer: second'])
  await Promise.all([disconnect(plain), disconnect(observed)])
  await server.close()
})
