import test from 'ava'
import { explain, Failover, Idempotent, Method, nothing, Retry, retry, Service, Timeout } from '../../src/index.js'

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
    '    call    timeout(1000 ms, 100 ms per try) > retry(3 attempts, backoff 10 ms x2 up to 1000 ms) > failover(2 endpoints)',
    '    attempt timeout(1000 ms, 100 ms per try) > balanced(adaptive)',
    '    handler -',
    '    worst   636 ms, 6 attempts',
    '  None (unary, not idempotent: retries only what reached no handler)',
    '    call    timeout(2000 ms) > failover(transparent)',
    '    attempt balanced(adaptive)',
    '    handler -',
    '    worst   2000 ms, 1 attempt',
  ])
})

test('settings win over what the class declares', t => {
  t.regex(explain(Demo, [retry({ attempts: 5 })]), /retry\(5 attempts/)
})
