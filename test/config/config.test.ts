import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { readConfig } from '../../src/config/read-config.js'
import type { ConfigSource } from '../../src/extend.js'
import { serviceOf } from '../../src/extend.js'
import type { ServiceConfig } from '../../src/index.js'
import { Code, connect, disconnect, fileConfig, RpcError, serve } from '../../src/index.js'
import { policyKinds } from '../../src/policies/built-in.js'
import { connected, unavailable } from '../client/scripted.js'
import { Hello, HelloService } from '../fixtures/hello.js'
import { outcome } from '../support/calls.js'

const options = { services: [serviceOf(Hello)], balancers: ['adaptive', 'round-robin', 'least-connections'] }

function policies(config: unknown, method = 'SayHello'): string[] {
  return readConfig(config, options)
    .policiesFor('hello.Hello', method)
    .definitions.map(({ summary }) => summary)
}

test("gRPC's service config is taken as it is", t => {
  const config = {
    loadBalancingConfig: [{ grpclb: {} }, { round_robin: { shuffle: true } }],
    retryThrottling: { maxTokens: 20, tokenRatio: 0.5 },
    healthCheckConfig: { serviceName: '' },
    methodConfig: [
      {
        name: [{ service: 'hello.Hello', method: 'SayHello' }],
        timeout: '1.5s',
        waitForReady: true,
        maxRequestMessageBytes: 1000,
        retryPolicy: {
          maxAttempts: 4,
          initialBackoff: '0.1s',
          maxBackoff: '1s',
          backoffMultiplier: 2,
          retryableStatusCodes: ['UNAVAILABLE', 'CANCELLED', 4],
        },
      },
      {
        name: [{ service: 'hello.Hello' }],
        hedgingPolicy: { maxAttempts: 3, hedgingDelay: '0.5s', nonFatalStatusCodes: ['INTERNAL'] },
      },
      { name: [{}], timeout: '9s' },
    ],
  }
  const throttling = 'retryThrottling(20 tokens, ratio 0.5)'
  t.deepEqual(policies(config), [
    throttling,
    'balanced(round-robin)',
    'timeout(1500 ms)',
    'waitForReady',
    'retry(4 attempts, backoff 100 ms x2 up to 1000 ms, idempotent or not)',
    'no hedge',
  ])
  t.deepEqual(policies(config, 'Ping').slice(2), [
    'hedge(3 attempts, the next after 500 ms, at most 200 % extra)',
    'no retry',
  ])
  t.deepEqual(
    readConfig(config, options)
      .policiesFor('other.Service', 'Do')
      .definitions.map(({ summary }) => summary)
      .slice(2),
    ['timeout(9000 ms)'],
  )
  t.deepEqual(readConfig(config, options).unused, [
    'healthCheckConfig',
    'loadBalancingConfig.round_robin.shuffle',
    'methodConfig[0].maxRequestMessageBytes',
  ])
  t.deepEqual(policies({}), [])
  t.deepEqual(policies({ loadBalancingPolicy: 'LEAST_REQUEST_EXPERIMENTAL' }), ['balanced(least-connections)'])
})

test('policies that gRPC has no word for stand beside it, and what is declared can be switched off', t => {
  const ours = {
    methodConfig: [
      {
        name: [{ service: 'hello.Hello' }],
        policies: {
          circuitBreaker: { openFor: '5s' },
          bulkhead: { concurrency: 3 },
          failover: false,
          balanced: 'random',
        },
      },
    ],
  }
  const [breaker, bulkhead, failover, balanced] = policies(ours)
  t.regex(String(breaker), /circuitBreaker\(.*open 5000 ms/)
  t.is(bulkhead, 'bulkhead(3 at once, for each endpoint)')
  t.is(failover, 'no failover')
  t.is(balanced, 'balanced(random)')
})

test('a configuration knows exactly the options that each policy reads', t => {
  const required: Record<string, object> = { cached: { ttl: 1 }, bulkhead: { concurrency: 1 }, rateLimit: { rate: 1 } }
  for (const [name, { options }] of policyKinds) {
    if (typeof options !== 'object') continue
    const message = (value: object) =>
      t.throws(() => policies({ methodConfig: [{ name: [{}], policies: { [name]: value } }] })).message
    const known = Object.keys(options)
    t.true(message({ nonsense: 1 }).includes(`there is no "nonsense"; it has ${known.join(', ')}`), name)
    for (const option of known)
      t.regex(
        message({ ...required[name], [option]: Symbol('wrong') }),
        new RegExp(`^config methodConfig\\[0\\]\\.policies\\.${name}: ${option}`),
      )
  }
})

test("gRPC's service config is taken where ours is narrower", t => {
  const entry = (policy: object) => policies({ methodConfig: [{ name: [{}], ...policy }] })[0]
  const retryPolicy = { initialBackoff: '0.1s', maxBackoff: '1s', backoffMultiplier: 0.5 }
  t.is(
    entry({ retryPolicy: { ...retryPolicy, maxAttempts: 12 } }),
    'retry(5 attempts, backoff 100 ms x0.5 up to 1000 ms, idempotent or not)',
  )
  t.regex(String(entry({ hedgingPolicy: { maxAttempts: 7, hedgingDelay: '0.1s' } })), /^hedge\(5 attempts/)
  const balancer = (config: object) => policies(config)
  t.deepEqual(balancer({ loadBalancingConfig: [{ pick_first: { shuffleAddressList: true } }] }), ['balanced(adaptive)'])
  t.deepEqual(balancer({ loadBalancingPolicy: 'PICK_FIRST' }), ['balanced(adaptive)'])
  t.deepEqual(balancer({ loadBalancingConfig: [{ pick_first: {} }, { round_robin: {} }] }), ['balanced(round-robin)'])
})

const wrong: [unknown, RegExp][] = [
  [null, /config at the top: must be an object/],
  [{ methodConfigs: [] }, /there is no "methodConfigs"; it has methodConfig, /],
  [{ methodConfig: {} }, /config methodConfig: must be a list/],
  [{ methodConfig: [{}] }, /methodConfig\[0\]: name must be a list/],
  [{ methodConfig: [{ name: [{}], timeout: 'soon' }] }, /timeout: total must be milliseconds, .*, got "soon"/],
  [{ methodConfig: [{ name: [{ method: 'SayHello' }] }] }, /the method "SayHello" needs its service/],
  [
    { methodConfig: [{ name: [{ service: 'hello.Hello', method: 'SayHi' }] }] },
    /hello\.Hello has no method "SayHi"; it has SayHello/,
  ],
  [{ methodConfig: [{ name: [{}] }, { name: [{}] }] }, /methodConfig\[1\]: a second entry for all methods/],
  [{ methodConfig: [{ name: [{}], retryPolicy: {}, hedgingPolicy: {} }] }, /exclude each other/],
  [
    { methodConfig: [{ name: [{}], retryPolicy: { maxAttempts: 1 } }] },
    /attempts must be an integer from 2 to 10, got 1/,
  ],
  [{ methodConfig: [{ name: [{}], retryPolicy: { attempts: 3 } }] }, /retryPolicy: there is no "attempts"/],
  [
    { methodConfig: [{ name: [{}], retryPolicy: { retryableStatusCodes: ['OK'] } }] },
    /status codes must name failures such as "UNAVAILABLE", got "OK"/,
  ],
  [{ methodConfig: [{ name: [{}], policies: { fuse: {} } }] }, /there is no policy "fuse"; it can be timeout, retry/],
  [{ methodConfig: [{ name: [{}], policies: { constructor: {} } }] }, /there is no policy "constructor"/],
  [{ methodConfig: [{ name: [{}], policies: { authorize: false } }] }, /authorize takes code, so declare it in code/],
  [{ methodConfig: [{ name: [{}], policies: { fallback: {} } }] }, /fallback takes code/],
  [
    { methodConfig: [{ name: [{}], policies: { circuitBreaker: { open: '5s' } } }] },
    /policies\.circuitBreaker: there is no "open"; it has window, minimumCalls, failureRate, slowCall, openFor, halfOpenCalls/,
  ],
  [
    { methodConfig: [{ name: [{}], policies: { bulkhead: 5 } }] },
    /policies\.bulkhead: must be the options of the policy, or false/,
  ],
  [
    { methodConfig: [{ name: [{}], policies: { circuitBreaker: { failurRate: 0.1 } } }] },
    /policies\.circuitBreaker: there is no "failurRate"; it has window, minimumCalls, failureRate/,
  ],
  [{ methodConfig: [{ name: [{}], policies: 5 }] }, /methodConfig\[0\]\.policies: must be an object/],
  [
    { methodConfig: [{ name: [{}], policies: { balanced: {} } }] },
    /policies\.balanced: must be the name of a balancer, or false/,
  ],
  [
    { methodConfig: [{ name: [{}], policies: { compressed: { encoding: 'rar' } } }] },
    /encoding must be an encoding of this version of Node \(gzip, .*\), got 'rar'/,
  ],
  [
    { methodConfig: [{ name: [{}], policies: { cached: { ttl: 1, on: 'moon' } } }] },
    /cached: on must be one of 'client', 'server', 'both', got 'moon'/,
  ],
  [{ methodConfig: [{ name: [{}], policies: { cached: { ttl: 1, by: 'user' } } }] }, /cached: by must be a function/],
  [{ methodConfig: [{ name: [{}], policies: { cached: { ttl: 1, store: 'redis' } } }] }, /store must be a CacheStore/],
  [
    { methodConfig: [{ name: [{}], policies: { rateLimit: { rate: 1, by: 'user' } } }] },
    /rateLimit: by must be a function/,
  ],
  [{ methodConfig: [{ name: [{}], waitForReady: 'yes' }] }, /waitForReady: write true or false/],
  [{ loadBalancingPolicy: 5 }, /loadBalancingPolicy: must be the name of a balancer/],
  [{ loadBalancingConfig: [null] }, /loadBalancingConfig: must be a list of objects/],
  [{ retryThrottling: { maxTokens: 0, tokenRatio: 1 } }, /retryThrottling: write maxTokens above 0/],
  [{ loadBalancingConfig: [{ grpclb: {} }] }, /none of grpclb is a balancer; write one of adaptive/],
]

for (const [config, message] of wrong) {
  test(`refused: ${JSON.stringify(config)}`, t => {
    const error = t.throws(() => readConfig(config, options), { instanceOf: RpcError, message })
    t.is(error?.code, Code.failed_precondition)
  })
}

test('whatever stands in a configuration, it is taken or refused as a configuration', t => {
  const anything = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>
  const some = (keys: readonly string[], values: fc.Arbitrary<unknown>) =>
    fc.record(Object.fromEntries(keys.map(key => [key, fc.oneof(values, anything)])), { requiredKeys: [] })
  const duration = fc.constantFrom<unknown>('1s', '0.5s', 5, -1, '0s', Number.NaN)
  const amount = fc.oneof(duration, fc.constantFrom<unknown>(0, 1, 3, 0.5, ['UNAVAILABLE'], ['internal', 14]))
  const policy = some(
    [
      'attempts',
      'delay',
      'ttl',
      'rate',
      'burst',
      'concurrency',
      'queue',
      'endpoints',
      'window',
      'slowCall',
      'codes',
      'on',
    ],
    amount,
  )
  const policies = some(
    [
      'timeout',
      'retry',
      'hedge',
      'failover',
      'circuitBreaker',
      'bulkhead',
      'rateLimit',
      'cached',
      'compressed',
      'balanced',
    ],
    policy,
  )
  const retryPolicy = some(['maxAttempts', 'initialBackoff', 'maxBackoff', 'retryableStatusCodes'], amount)
  const entry = fc.record(
    {
      name: fc.oneof(fc.constant([{}]), fc.array(some(['service', 'method'], fc.constant('hello.Hello'))), anything),
      timeout: fc.oneof(duration, anything),
      retryPolicy: fc.oneof(retryPolicy, anything),
      hedgingPolicy: fc.oneof(some(['maxAttempts', 'hedgingDelay', 'nonFatalStatusCodes'], amount), anything),
      policies: fc.oneof(policies, anything),
    },
    { requiredKeys: ['name'] },
  )
  const config = fc.oneof(
    anything,
    fc.record({ methodConfig: fc.oneof(fc.array(entry, { maxLength: 3 }), anything) }),
    some(['retryThrottling', 'loadBalancingConfig', 'loadBalancingPolicy'], fc.array(some(['round_robin'], anything))),
  )
  let taken = 0
  fc.assert(
    fc.property(config, value => {
      try {
        const read = readConfig(value, options)
        read.policiesFor('hello.Hello', 'SayHello')
        taken++
        return true
      } catch (error) {
        return error instanceof RpcError && error.code === Code.failed_precondition
      }
    }),
    { numRuns: 3000 },
  )
  t.true(taken > 0)
})

/** A source that the test moves on. */
function moving(first: ServiceConfig) {
  let listener: (config: unknown) => void = () => {}
  const state = { stopped: false, push: (config: unknown) => listener(config) }
  const source: ConfigSource = {
    current: () => first,
    watch(changed) {
      listener = changed
      return () => {
        state.stopped = true
      }
    },
  }
  return { state, source }
}

test('a client follows its configuration; one that is wrong is refused whole, loudly, and the one before stays', async t => {
  const server = await serve([HelloService], { port: false, memory: 'config-client' })
  const { state, source } = moving({ methodConfig: [{ name: [{ service: 'hello.Hello' }], timeout: '20ms' }] })
  const reported: unknown[] = []
  const hello = connect(Hello, 'memory://config-client', { config: source, report: error => reported.push(error) })
  const hang = async () => ((await outcome(hello.hang())).error as RpcError).code
  t.is(await hang(), Code.deadline_exceeded)
  state.push({ methodConfig: [{ name: [{}], timeout: '60s' }, { name: [{ service: 'hello.Hello', method: 'Typo' }] }] })
  t.regex(String(reported[0]), /the new configuration is refused, and the one before stays: .*has no method "Typo"/)
  t.is((reported[0] as RpcError).reason, 'config_refused')
  t.is(await hang(), Code.deadline_exceeded)
  state.push({ methodConfig: [{ name: [{}], hedgingPolicy: { hedgingDelay: '1s' } }] })
  t.regex(String(reported[1]), /put @Safe\(\) or @Idempotent\(\) on it/)
  t.is(await hang(), Code.deadline_exceeded)
  const name = [{ service: 'hello.Hello', method: 'Hang' }]
  state.push({ methodConfig: [{ name, timeout: '20ms', policies: { bulkhead: { concurrency: 1 } } }] })
  t.deepEqual(await Promise.all([hang(), hang()]), [Code.deadline_exceeded, Code.resource_exhausted])
  t.is(await hello.divide(1, 2), 0.5)
  await disconnect(hello)
  t.true(state.stopped)
  await server.close()
})

test('a retryPolicy of gRPC holds for a method that is not idempotent, because its operator said so', async t => {
  const name = [{ service: 'hello.Hello', method: 'Hang' }]
  const attempts = async (entry: object) => {
    const { source } = moving({ methodConfig: [{ name, ...entry }] })
    const { scripted, clock, hello } = connected('a', { config: source, outlierEjection: false, policies: [] })
    scripted.onCall = () => {
      throw unavailable('overloaded', 'unknown')
    }
    const called = outcome(hello.hang())
    await clock.advance(1000)
    await called
    await disconnect(hello)
    return scripted.calls.length
  }
  t.is(await attempts({ policies: { retry: { attempts: 3, initialBackoff: '1ms' } } }), 1)
  t.is(
    await attempts({
      retryPolicy: {
        ...{ maxAttempts: 3, initialBackoff: '0.001s', maxBackoff: '1s', backoffMultiplier: 2 },
        retryableStatusCodes: ['UNAVAILABLE'],
      },
    }),
    3,
  )
})

test('of a configuration that is refused nothing holds, the throttling of retries neither', async t => {
  const divide = {
    name: [{ service: 'hello.Hello', method: 'Divide' }],
    policies: { retry: { attempts: 3, initialBackoff: '1ms' } },
  }
  const refused = { name: [{ service: 'hello.Hello', method: 'Hang' }], hedgingPolicy: { maxAttempts: 2 } }
  const attempts = async (...pushed: unknown[]) => {
    const { state, source } = moving({ methodConfig: [divide] })
    const { scripted, clock, hello } = connected('a', { config: source, outlierEjection: false, policies: [] })
    for (const config of pushed) state.push(config)
    scripted.onCall = () => {
      throw unavailable('overloaded', 'unknown')
    }
    for (let i = 0; i < 2; i++) {
      const called = outcome(hello.divide(1, 2))
      await clock.advance(100)
      await called
    }
    await disconnect(hello)
    return scripted.calls.length
  }
  const retryThrottling = { maxTokens: 2, tokenRatio: 0.1 }
  t.is(await attempts(), 6)
  t.is(await attempts({ retryThrottling, methodConfig: [divide, refused] }), 6)
  t.is(await attempts({ retryThrottling, methodConfig: [divide] }), 2)
})

test('a server follows its configuration, and a policy that stays keeps what it knows', async t => {
  const limit = (rate: number) => ({ policies: { rateLimit: { rate, burst: 1 } } })
  const ping = { name: [{ service: 'hello.Hello', method: 'Ping' }], ...limit(0.001) }
  const { state, source } = moving({ methodConfig: [ping] })
  const server = await serve([HelloService], { port: false, memory: 'config-server', config: source })
  const hello = connect(Hello, 'memory://config-server')
  const code = async (call: Promise<unknown>) => ((await outcome(call)).error as RpcError | undefined)?.code
  t.is(await code(hello.ping()), undefined)
  t.is(await code(hello.ping()), Code.resource_exhausted)
  state.push({ methodConfig: [ping, { name: [{ service: 'hello.Hello', method: 'Divide' }], ...limit(0.001) }] })
  t.is(await code(hello.ping()), Code.resource_exhausted, 'its bucket is as empty as before')
  t.is(await code(hello.divide(1, 2)), undefined)
  t.is(await code(hello.divide(1, 2)), Code.resource_exhausted)
  state.push({})
  t.is(await code(hello.ping()), undefined)
  await disconnect(hello)
  await server.close()
  t.true(state.stopped)
})

const unstoppable: Record<string, ReturnType<ConfigSource['watch']>> = {
  'throws at once': () => {
    throw new Error('the registry said no')
  },
  rejects: async () => {
    throw new Error('the registry said no')
  },
}

for (const [how, stop] of Object.entries(unstoppable)) {
  test(`a source whose stop ${how} is reported, and keeps neither client nor server from closing`, async t => {
    const reported: unknown[] = []
    const report = (error: unknown) => reported.push(String(error))
    const config: ConfigSource = { current: () => ({}), watch: () => stop }
    const { scripted, hello } = connected('a', { config, report })
    await hello.ping()
    await t.notThrowsAsync(disconnect(hello))
    t.is(scripted.closed, 1)
    const server = await serve([HelloService], { port: false, memory: `unstoppable-${how}`, config, report })
    await t.notThrowsAsync(server.close())
    const message = 'Error: config: its source could not be stopped: the registry said no'
    t.deepEqual(reported, [message, message])
  })
}

test('the first configuration is checked at start-up', async t => {
  const config = { methodConfig: [{ name: [{}], policies: { fuse: {} } }] }
  const error = t.throws(() => connect(Hello, 'memory://nowhere', { config }), { instanceOf: RpcError }) as RpcError
  t.is(error.reason, 'invalid_config')
  await t.throwsAsync(serve([HelloService], { port: false, config }), { message: /there is no policy "fuse"/ })
})

test('a file is followed, also where it is replaced as a whole', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'polywire-config-'))
  const path = join(folder, 'policies.json')
  await writeFile(path, '{"methodConfig":[]}')
  const source = fileConfig(path)
  t.deepEqual(source.current(), { methodConfig: [] })
  const waiting: ((seen: unknown) => void)[] = []
  const next = () => new Promise(resolve => waiting.push(resolve))
  const tell = (seen: unknown) => waiting.shift()?.(seen)
  const stop = source.watch(tell, error => tell(error))
  const replaced = next()
  await writeFile(`${path}.new`, '{"retryThrottling":{"maxTokens":5,"tokenRatio":1}}')
  await rename(`${path}.new`, path)
  t.deepEqual(await replaced, { retryThrottling: { maxTokens: 5, tokenRatio: 1 } })
  const broken = next()
  await writeFile(`${path}.new`, '{ no JSON')
  await rename(`${path}.new`, path)
  t.regex(String(await broken), /policies\.json:1:3: not JSON: unexpected "no"$/)
  stop()
  await rm(folder, { recursive: true })
  t.throws(() => fileConfig(path).current(), { code: 'ENOENT' })
})
