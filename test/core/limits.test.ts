import test from 'ava'
import { limitsOf } from '../../src/core/read-limits.js'
import {
  type ConnectOptions,
  connect,
  defaultLimits,
  type LimitOptions,
  type Limits,
  RpcError,
  serve,
} from '../../src/index.js'
import { Hello, HelloService } from '../fixtures/hello.js'
import { outcome } from '../support/calls.js'

test('what is not given is the default, an undefined value too', t => {
  t.deepEqual(limitsOf(undefined, 'serve'), defaultLimits)
  const given = { messageBytes: undefined, depth: 10, concurrency: 'auto' } as unknown as LimitOptions
  t.deepEqual(limitsOf(given, 'serve'), { ...defaultLimits, depth: 10, concurrency: 'auto' })
  const widest = { connections: Infinity, maxDeadline: Infinity, drainTimeout: 0, bodyTimeout: 0.5 + 1 }
  t.deepEqual(limitsOf(widest, 'serve'), { ...defaultLimits, ...widest })
})

test('the budget of values follows the size of a message, unless it is given', t => {
  t.is(limitsOf({ messageBytes: 1600 }, 'serve').values, 100)
  t.is(limitsOf({ messageBytes: 1600, values: 7 }, 'serve').values, 7)
})

const senseless = [-1, 0, Number.NaN, '4096', 'soon', null, true, {}, -Infinity] as unknown as number[]

const mayBeZero: readonly (keyof Limits)[] = ['drainDelay', 'drainTimeout', 'minPingTime']

for (const name of Object.keys(defaultLimits).filter(one => one !== 'concurrency') as (keyof Limits)[]) {
  test(`limits.${name} is refused where its value makes no sense`, t => {
    for (const value of senseless.filter(one => one !== 0 || !mayBeZero.includes(name))) {
      const error = t.throws(() => limitsOf({ [name]: value }, 'serve'), { instanceOf: RpcError })
      t.is(error?.reason, 'invalid_limit')
      t.regex(error?.message ?? '', new RegExp(`^serve: limits\\.${name} must be .+, got .+$`))
    }
    const isTime = name.endsWith('Timeout') || ['drainDelay', 'maxDeadline', 'minPingTime'].includes(name)
    if (isTime) t.is(limitsOf({ [name]: '1.5s' }, 'serve')[name], 1500)
    else t.throws(() => limitsOf({ [name]: 1500.5 }, 'serve'), { message: /an integer from/ })
    if (name === 'connections' || name === 'maxDeadline') t.notThrows(() => limitsOf({ [name]: Infinity }, 'serve'))
    // A longer one would be over at once: Node's timers take 31 bits.
    else for (const large of [Infinity, 2 ** 31]) t.throws(() => limitsOf({ [name]: large }, 'serve'))
  })
}

test('serve and connect ask for them at start-up, and say who was given what', async t => {
  const serving = outcome(serve([HelloService], { port: false, limits: { messageBytes: '4 MiB' as never } }))
  t.is(
    ((await serving).error as RpcError).message,
    'serve: limits.messageBytes must be an integer from 1 to 2147483647, got "4 MiB"',
  )
  const connecting = (options: ConnectOptions) => t.throws(() => connect(Hello, 'http://a', options))?.message
  t.is(connecting({ limits: { depth: -1 } }), 'connect: limits.depth must be an integer from 1 to 2147483647, got -1')
  t.regex(
    connecting({ limits: { messageBites: 1 } as never }) ?? '',
    /^connect: limits has no "messageBites"; it has messageBytes, headerBytes, /,
  )
  t.regex(connecting({ connectTimeout: 0 }) ?? '', /^connectTimeout must be above 0, got 0 ms$/)
  t.regex(connecting({ connectTimeout: Number.NaN }) ?? '', /connectTimeout must be milliseconds, .*, got NaN/)
  for (const port of [-1, 65_536, 1.5, Number.NaN, '80' as never]) {
    const { error } = await outcome(serve([HelloService], { port }))
    t.is((error as RpcError).reason, 'invalid_listener', String(port))
  }
})
