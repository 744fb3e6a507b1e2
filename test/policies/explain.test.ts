import test from 'ava'
import {
  authorize,
  balanced,
  bulkhead,
  cached,
  circuitBreaker,
  explain,
  Field,
  failover,
  fallback,
  hedge,
  Message,
  Method,
  type PolicyDefinition,
  RpcError,
  rateLimit,
  retry,
  Safe,
  Service,
  string,
  timeout,
  use,
  waitForReady,
} from '../../src/index.js'
import { Hello } from '../fixtures/hello.js'

@Message('explained.Text')
class Text {
  @Field(1, string) text!: string
}

@Service('explained.Everything')
class Everything {
  @Method({ accepts: Text, returns: Text })
  @Safe()
  async echo(text: Text): Promise<Text> {
    return text
  }
}

test('every policy is in the chain, in its place', t => {
  const policies = [
    bulkhead({ concurrency: 5 }),
    authorize(function isUser() {
      return true
    }),
    circuitBreaker(),
    balanced('random'),
    failover(),
    hedge({ delay: '20ms', attempts: 3 }),
    waitForReady(),
    timeout({ total: '2s', perTry: '500ms' }),
    fallback({ text: '' }),
    rateLimit({ rate: 100 }),
    cached({ ttl: '5s' }),
    use(next => next, { name: 'timed' }),
  ]
  const text = explain(Everything, { policies })
  const order = (stage: string) =>
    (new RegExp(`^ *${stage} (.*)$`, 'm').exec(text)?.[1] ?? '').split(' > ').map(one => one.trim().split(/[ (]/)[0])
  t.deepEqual(order('call'), ['timed', 'cached', 'fallback', 'timeout', 'hedge', 'failover'])
  t.deepEqual(order('attempt'), ['timeout', 'balanced', 'waitForReady', 'circuitBreaker', 'bulkhead'])
  t.deepEqual(order('handler'), ['rateLimit', 'authorize', 'cached'])
  t.regex(text, /worst +2000 ms, 9 attempts/)
})

test('contradictions name class and method, and what to write', t => {
  const conflict = (...policies: PolicyDefinition[]) =>
    (t.throws(() => explain(Hello, { policies }), { instanceOf: RpcError }) as RpcError).message
  t.regex(conflict(hedge()), /^\/hello\.Hello\/\w+: .*put @Safe\(\) or @Idempotent\(\) on it/)
  t.regex(conflict(cached({ ttl: 1 })), /^\/hello\.Hello\/\w+: .*put @Safe\(\) on it/)
  t.regex(
    (t.throws(() => explain(Everything, { policies: [retry(), hedge()] }), { instanceOf: RpcError }) as RpcError)
      .message,
    /^\/explained\.Everything\/Echo: retry and hedge on one method; choose one of them/,
  )
})
