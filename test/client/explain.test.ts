import test from 'ava'
import type { BalancerFactory, ConfigSource } from '../../src/extend.js'
import {
  explain,
  Failover,
  Idempotent,
  Method,
  nothing,
  Retry,
  retry,
  Service,
  type ServiceConfig,
  Timeout,
  timeout,
} from '../../src/index.js'

@Service('demo.Demo')
@Timeout('2s')
class Demo {
  @Method(nothing)
  @Idempotent()
  @Failover({ endpoints: 2 })
  @Timeout({ total: '1s', perTry: '100ms' })
  @Retry({ attempts: 3, initialBackoff: '10ms' })
  async all(): Promise<void> {}

  @Method(nothing) async none(): Promise<void> {}
}

test('explain prints each chain in the order in which it runs, whatever the order of the decorators', t => {
  const lines = explain(Demo).split('\n')
  t.deepEqual(lines, [
    'demo.Demo',
    '  All (unary, idempotent)',
    '    call    timeout(1000 ms, 100 ms per try) [method] > retry(3 attempts, backoff 10 ms x2 up to 1000 ms) [method] > failover(2 endpoints) [method]',
    '    attempt timeout(1000 ms, 100 ms per try) [method] > balanced(adaptive) [default]',
    '    worst   636 ms, 6 attempts',
    '  None (unary, not idempotent: retries only what reached no handler)',
    '    call    timeout(2000 ms) [class] > failover(transparent) [default]',
    '    attempt balanced(adaptive) [default]',
    '    worst   2000 ms, 1 attempt',
  ])
})

test('settings win over what the class declares, and a configuration over both', t => {
  const policies = [retry({ attempts: 5 }), timeout('3s')]
  t.regex(explain(Demo, { policies }), /retry\(5 attempts.*?\) \[policies\]/)
  const config: ServiceConfig = {
    loadBalancingConfig: [{ mine: {} }],
    methodConfig: [
      {
        name: [{ service: 'demo.Demo', method: 'All' }],
        timeout: '4s',
        policies: { failover: false, hedge: { delay: '10ms' }, rateLimit: { rate: 5 } },
      },
    ],
  }
  const mine: BalancerFactory = () => ({ update: () => {}, pick: () => undefined })
  t.deepEqual(explain(Demo, { policies, config, balancers: { mine } }).split('\n'), [
    'demo.Demo',
    '  All (unary, idempotent)',
    '    call    timeout(4000 ms) [configuration] > hedge(2 attempts, the next after 10 ms, at most 10 % extra) [configuration] > failover(transparent) [default]',
    '    attempt balanced(mine) [configuration]',
    '    handler rateLimit(5 a second, burst 5) [configuration]',
    '    off     retry [configuration]',
    '    worst   4000 ms, 2 attempts',
    '  None (unary, not idempotent: retries only what reached no handler)',
    '    call    timeout(3000 ms) [policies] > retry(5 attempts, backoff 50 ms x2 up to 1000 ms) [policies] > failover(transparent) [default]',
    '    attempt balanced(mine) [configuration]',
    '    worst   3000 ms, 5 attempts',
  ])
})

test('what a configuration switches off is as if it had not been said: the default holds, and a call without end is not to be had so', t => {
  const off = { timeout: false, failover: false, retry: false, balanced: false }
  const config: ServiceConfig = { methodConfig: [{ name: [{}], policies: off }] }
  const [, , call, attempt, switchedOff, worst] = explain(Demo, { policies: [timeout(Infinity)], config }).split('\n')
  t.regex(String(call), /call {4}timeout\(30000 ms\) \[default\] > failover\(transparent\) \[default\]$/)
  t.is(attempt, '    attempt balanced(adaptive) [default]')
  t.is(switchedOff, '    off     retry [configuration]')
  t.is(worst, '    worst   30000 ms, 1 attempt')
})

test('of a source that is followed explain says what holds now; what is wrong is an error', t => {
  let now: ServiceConfig = { methodConfig: [{ name: [{}], timeout: '7s' }] }
  const config: ConfigSource = {
    current: () => now,
    watch: () => {
      throw new Error('explain follows nothing')
    },
  }
  t.regex(explain(Demo, { config }), /timeout\(7000 ms\) \[configuration\]/)
  now = { retryThrottling: { maxTokens: 5, tokenRatio: 0.5 } }
  t.regex(explain(Demo, { config }), /retryThrottling\(5 tokens, ratio 0\.5\) \[configuration\]/)
  now = { loadBalancingConfig: [{ mine: {} }] }
  t.throws(() => explain(Demo, { config }), { message: /none of mine is a balancer/ })
})
