import test from 'ava'
import type { BreakerChange } from '../../src/core/call-observer.js'
import {
  Code,
  circuitBreaker,
  connect,
  disconnect,
  type Endpoint,
  Field,
  Message,
  Method,
  Metrics,
  RpcError,
  Service,
  serve,
  string,
} from '../../src/index.js'
import type { Resolver } from '../../src/resolvers/resolver.js'
import { deferred } from '../support/deferred.js'

@Message('circuits.Word')
class Word {
  @Field(1, string) text = ''
}

@Service('circuits.Broken')
class Broken {
  @Method({ accepts: Word, returns: Word }) async say(_word: Word): Promise<Word> {
    throw new RpcError('broken', Code.unavailable)
  }
}

test('the circuit of an endpoint that left, or of a channel that closed, is not shown as open', async t => {
  const servers = await Promise.all([serve([Broken]), serve([Broken])])
  const [first, second] = servers.map(({ address }) => ({ address }))
  const moved = deferred<void>()
  const resolver: Resolver = {
    name: 'moving',
    async *watch() {
      yield [first as Endpoint]
      await moved.promise
      yield [second as Endpoint]
    },
  }
  const metrics = new Metrics()
  const left = deferred<void>()
  const told: string[] = []
  const breakerChanged = ({ endpoint, state }: BreakerChange) => {
    told.push(`${endpoint === first?.address ? 'first' : 'second'} ${state}`)
    if (state === 'closed') left.resolve()
  }
  const remote = connect(Broken, 'grpc+moving://broken', {
    resolvers: [resolver],
    observers: [metrics, { callBegan: () => undefined, breakerChanged }],
    policies: [circuitBreaker({ minimumCalls: 2 })],
  })
  t.teardown(() => Promise.all(servers.map(server => server.close())))
  const open = async () => {
    for (let i = 0; i < 2; i++) await t.throwsAsync(remote.say({ text: '' }), { message: /broken/ })
  }
  await open()
  moved.resolve()
  await left.promise
  await open()
  await disconnect(remote)
  t.deepEqual(told, ['first open', 'first closed', 'second open', 'second closed'])
  t.notRegex(metrics.text(), /polywire_client_circuit_state\{.*\} 2/)
})
