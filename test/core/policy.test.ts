import test from 'ava'
import type { Call } from '../../src/core/call.js'
import { type Duration, toMilliseconds } from '../../src/core/duration.js'
import { checkPolicies, compose, effectivePolicies, type PolicyDefinition } from '../../src/core/policy.js'
import { RpcError } from '../../src/core/rpc-error.js'

const method = {
  name: 'SayHello',
  serviceName: 'hello.Hello',
  path: '/hello.Hello/SayHello',
  kind: 'unary',
  idempotency: 'unknown',
} as const

function definition(name: string, rest: Partial<PolicyDefinition> = {}): PolicyDefinition {
  return { name, stages: ['call'], summary: name, build: () => undefined, ...rest }
}

test('the first policy is the outermost, and each is built once', async t => {
  const seen: string[] = []
  const policy = (name: string) => (next: (call: Call) => Promise<unknown>) => {
    seen.push(`build ${name}`)
    return async (call: Call) => {
      seen.push(`in ${name}`)
      const reply = await next(call)
      seen.push(`out ${name}`)
      return reply
    }
  }
  const handler = compose([policy('a'), policy('b')], async () => 'reply')
  for (let n = 0; n < 2; n++) t.is(await handler({} as Call), 'reply')
  const call = ['in a', 'in b', 'out b', 'out a']
  t.deepEqual(seen, ['build b', 'build a', ...call, ...call])
})

test('without policies the handler itself is run', t => {
  const handler = async () => 'reply'
  t.is(compose([], handler), handler)
})

test('a nearer definition replaces one of the same name', t => {
  const far = [definition('retry', { summary: 'far' }), definition('timeout')]
  const near = [definition('retry', { summary: 'near' }), definition('cached')]
  const effective = effectivePolicies(far, near)
  t.deepEqual(
    effective.map(({ name, summary }) => [name, summary]),
    [
      ['retry', 'near'],
      ['timeout', 'timeout'],
      ['cached', 'cached'],
    ],
  )
  t.deepEqual(effectivePolicies(), [])
})

test('a contradiction is told with its method, and its policy sees the others', t => {
  const never = definition('retry')
  const hedge = definition('hedge', {
    conflict: (_, others) => (others.includes(never) ? 'hedge and retry on one method; leave one out' : undefined),
  })
  t.notThrows(() => checkPolicies(method, [hedge]))
  const error = t.throws(() => checkPolicies(method, [never, hedge]), { instanceOf: RpcError })
  t.is(error?.reason, 'policy_conflict')
  t.is(error?.message, '/hello.Hello/SayHello: hedge and retry on one method; leave one out')
})

const durations: [Duration, number][] = [
  [0, 0],
  [12.5, 12.5],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ['250ms', 250],
  ['1.5s', 1500],
  ['2m', 120_000],
  ['1h', 3_600_000],
]

test('durations are milliseconds or text with a unit', t => {
  for (const [duration, expected] of durations) t.is(toMilliseconds(duration, 'here'), expected)
})

for (const wrong of [-1, Number.NaN, '5', '-5s', '1e3s', ' 5s', '5 s', '5d', '', null, undefined, {}]) {
  test(`${typeof wrong} ${String(wrong)} is not a duration, and the error says where and what to write`, t => {
    const error = t.throws(() => toMilliseconds(wrong as Duration, '@Timeout of Hello.sayHello'), {
      instanceOf: RpcError,
    })
    t.is(error?.reason, 'invalid_duration')
    t.regex(error?.message ?? '', /^@Timeout of Hello\.sayHello must be milliseconds, or a text such as '250ms'/)
    if (typeof wrong === 'number') t.true(error?.message.endsWith(`got ${wrong}`))
  })
}
