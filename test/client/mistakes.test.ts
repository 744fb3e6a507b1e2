import test from 'ava'
import { json } from '../../src/codecs/json/codec.js'
import type { Protocol } from '../../src/extend.js'
import type { Target } from '../../src/index.js'
import {
  balanced,
  Code,
  connect,
  disconnect,
  failover,
  Method,
  nothing,
  RpcError,
  retry,
  Service,
  serve,
  timeout,
  withCall,
} from '../../src/index.js'
import { remotes } from '../../src/inversify/index.js'
import { Hello, HelloService } from '../fixtures/hello.js'
import { outcome } from '../support/calls.js'

@Service('test.Unary')
class Unary {
  @Method(nothing) async ping(): Promise<void> {}
}

function reasonOf(raise: () => unknown): string | undefined {
  try {
    raise()
  } catch (error) {
    return error instanceof RpcError ? error.reason : String(error)
  }
  return undefined
}

test('what is wrong with a target is found by connect', t => {
  const to = (target: Target) => reasonOf(() => connect(Hello, target))
  t.is(to('nonsense'), 'invalid_target')
  t.is(to('http://'), 'invalid_target')
  t.is(to({ protocol: 'http', endpoints: ['a'], options: { codec: 'json' } }), 'invalid_target')
  t.is(to('http://a:99999'), 'invalid_target')
  t.is(to('http://a,a'), 'invalid_target')
  t.is(to('http://a?speed=high'), 'invalid_target')
  t.is(to({ protocol: 'http', endpoints: [] }), 'invalid_target')
  t.is(to({ protocol: 'http', endpoints: [{ address: 'a', weight: 0 }] }), 'invalid_target')
  t.is(to('pigeon://a'), 'unknown_protocol')
  t.is(to('http+phonebook://a'), 'unknown_resolver')
  t.is(to('grpc+dns://'), 'invalid_target')
  t.is(to('grpc+etcd://127.0.0.1:2379'), 'invalid_target')
  t.is(to('grpc+etcd:///hello.Hello'), 'invalid_target')
  t.is(to('http://a?codec=morse'), 'unknown_codec')
  t.is(
    reasonOf(() => connect(Unary, 'avro://a?codec=json')),
    'unknown_codec',
  )
  t.is(
    reasonOf(() => connect(Unary, { protocol: 'avro', authority: 'a', codec: json })),
    'codec_not_carried',
  )
  t.is(
    reasonOf(() => connect(Hello, 'http://a', { policies: [balanced('fair')] })),
    'unknown_balancer',
  )
})

test('policies that contradict each other are found by connect, which names the method', t => {
  const policies = [timeout({ total: '1s', perTry: '900ms' }), retry({ initialBackoff: '200ms' })]
  const error = t.throws(() => connect(Hello, 'http://a', { policies }), { instanceOf: RpcError })
  t.is(error?.reason, 'policy_conflict')
  t.regex(error?.message ?? '', /^\/hello\.Hello\/SayHello: a second attempt .* cannot fit/)
  t.is(
    reasonOf(() => failover({ endpoints: 1 })),
    'invalid_policy',
  )
  t.is(
    reasonOf(() => retry({ attempts: 99 })),
    'invalid_policy',
  )
})

test('a method that the protocol cannot carry is found by connect and by serve', async t => {
  const halfDuplex: Protocol = {
    name: 'walkie-talkie',
    secureName: undefined,
    defaultPort: 1,
    defaultCodec: 'json',
    refuses: method => (method.kind === 'bidi_streaming' ? 'it has no streams both ways' : undefined),
    detect: () => undefined,
    serve: () => ({ accept: () => {}, drain: async () => {}, destroy: () => {} }),
    bind: () => ({ dial: () => Promise.reject(new Error('never dialled')) }),
  }
  const message = /Hello(Service)?\.chat: walkie-talkie cannot carry it: it has no streams both ways/
  const connecting = t.throws(() => connect(Hello, { protocol: halfDuplex, authority: 'a' }, { strict: true }), {
    instanceOf: RpcError,
  })
  t.is(connecting?.reason, 'not_carried')
  t.regex(connecting?.message ?? '', message)
  const serving = (await t.throwsAsync(serve([HelloService], { protocols: [halfDuplex] }))) as RpcError
  t.is(serving.reason, 'not_carried')
  t.regex(serving.message, message)
})

test('what is wrong with what is served is found by serve', async t => {
  @Service('hello.Hello')
  class Impostor {
    @Method(nothing) async ping(): Promise<void> {}
  }
  @Service('hello.Lost')
  class Lost {
    @Method(nothing) async ping(): Promise<void> {}
  }
  Object.defineProperty(Lost.prototype, 'ping', { value: undefined })
  const served = async (services: object[], options = {}) =>
    (await outcome(serve(services, { port: false, ...options }))).error as RpcError
  t.is((await served([HelloService, Impostor])).reason, 'duplicate_service')
  t.is((await served([Lost])).reason, 'missing_method')
  t.is((await served([HelloService], { protocols: ['pigeon'] })).reason, 'unknown_protocol')
  const silent = await serve([HelloService], { port: false })
  t.is(
    reasonOf(() => silent.address),
    'not_listening',
  )
  await silent.close()
})

test('a service that is served without a list is told so', async t => {
  t.is(((await outcome(serve(HelloService as never))).error as RpcError).reason, 'no_services')
})

test('a method without @Method does not run at the caller', async t => {
  class Base {
    inherited() {
      return 1
    }
  }
  @Service('hello.Forgetful')
  class Forgetful extends Base {
    @Method(nothing) async ping(): Promise<void> {}
    async forgotten(): Promise<string> {
      return 'from the wrong process'
    }
    override toString() {
      return 'forgetful'
    }
  }
  const server = await serve([Forgetful], { port: false, memory: 'forgetful' })
  t.teardown(() => server.close())
  const remote = connect(Forgetful, 'memory://forgetful')
  await remote.ping()
  const one = withCall(remote, { timeout: '9s' })
  for (const call of [() => remote.forgotten(), () => remote.inherited(), () => one.forgotten()])
    t.is(
      reasonOf(() => void call()),
      'method_without_decorator',
    )
  t.is(String(remote), 'forgetful')
})

test('what is no remote is told so', t => {
  t.is(
    reasonOf(() => withCall(new HelloService(), {})),
    'not_a_remote',
  )
  t.is(
    reasonOf(() => void disconnect({})),
    'not_a_remote',
  )
  t.is(
    reasonOf(() => remotes({ at: 'http://a' })),
    'no_services',
  )
})

test('a stream that was left, and a signal, are cancellations; a handler that throws is told from one that means to', async t => {
  const server = await serve([HelloService], { port: false, memory: 'mistakes', report: () => {} })
  const hello = connect(Hello, 'memory://mistakes')
  const canceled = (await outcome(withCall(hello, { signal: AbortSignal.abort() }).ping())).error as RpcError
  t.deepEqual([canceled.code, canceled.reason], [Code.canceled, 'canceled'])
  const failed = (await outcome(hello.fail('error'))).error as RpcError
  t.deepEqual([failed.code, failed.message], [Code.internal, "/hello.Hello/Fail failed; the server's log says why"])
  await disconnect(hello)
  t.is(((await outcome(hello.ping())).error as RpcError).reason, 'channel_closed')
  await server.close()
})

test('a contract that is served as it is answers that it has no implementation', async t => {
  const server = await serve([Hello], { port: false, memory: 'contract' })
  const hello = connect(Hello, 'memory://contract')
  const error = (await outcome(hello.ping())).error as RpcError
  t.deepEqual([error.code, error.message], [Code.unimplemented, 'this method is a contract without an implementation'])
  await disconnect(hello)
  await server.close()
})

test('a header that cannot be sent is refused where it is written', t => {
  t.is(
    reasonOf(() => withCall(connect(Hello, 'http://a'), { headers: { 'x\nevil': '1' } })),
    'invalid_header',
  )
})
