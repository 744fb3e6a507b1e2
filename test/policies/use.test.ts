import test from 'ava'
import type { Policy, PolicyDefinition, UseOptions } from '../../src/index.js'
import {
  authorize,
  connect,
  disconnect,
  explain,
  Method,
  nothing,
  RpcError,
  rateLimit,
  retry,
  Service,
  serve,
  Use,
  use,
} from '../../src/index.js'
import { faults } from '../../src/testing/index.js'
import { rig } from '../support/calls.js'

function noting(name: string, notes: string[]): Policy {
  return next => async call => {
    notes.push(`in ${name}`)
    try {
      return await next(call)
    } finally {
      notes.push(`out ${name}`)
    }
  }
}

@Service('used.Pinged')
class Pinged {
  @Method(nothing) async ping(): Promise<void> {}
}

const timed: Policy = next => next

/** The chain of a stage, as `explain` shows it. */
function chain(stage: string, ...policies: PolicyDefinition[]): string[] {
  const line = new RegExp(`^ *${stage} (.*)$`, 'm').exec(explain(Pinged, { policies }))?.[1] ?? ''
  return line.split(' > ').map(one => one.trim().split(/[ (]/)[0] as string)
}

test('a function is a policy, by default the outermost of the call', async t => {
  const { call, wrap } = rig()
  const notes: string[] = []
  const inner = use(noting('inner', notes), { name: 'inner', stage: 'attempt' })
  const outer = use(noting('outer', notes), { name: 'outer' })
  await wrap([inner, retry(), outer], async () => notes.push('handler'))(call())
  t.deepEqual(notes, ['in outer', 'in inner', 'handler', 'out inner', 'out outer'])
})

test('its name is that of the function', t => {
  t.like(use(timed), { name: 'timed', stages: ['call'] })
  t.is(use(timed, { name: 'other' }).name, 'other')
})

const places: [UseOptions, stage: string, chain: string[]][] = [
  [{}, 'call', ['timed', 'timeout', 'retry', 'failover']],
  [{ before: 'retry' }, 'call', ['timeout', 'timed', 'retry', 'failover']],
  [{ after: 'retry' }, 'call', ['timeout', 'retry', 'timed', 'failover']],
  [{ after: 'hedge' }, 'call', ['timeout', 'retry', 'timed', 'failover']],
  [{ after: 'failover' }, 'call', ['timeout', 'retry', 'failover', 'timed']],
  [{ before: 'fallback' }, 'call', ['timed', 'timeout', 'retry', 'failover']],
  [{ stage: 'attempt' }, 'attempt', ['balanced', 'timed']],
  [{ stage: 'attempt', after: 'timeout' }, 'attempt', ['timed', 'balanced']],
  [{ before: 'balanced' }, 'attempt', ['timed', 'balanced']],
  [{ stage: 'handler' }, 'handler', ['rateLimit', 'authorize', 'timed']],
  [{ after: 'authorize' }, 'handler', ['rateLimit', 'authorize', 'timed']],
  [{ before: 'authorize' }, 'handler', ['rateLimit', 'timed', 'authorize']],
  [{ before: 'reportLoad' }, 'handler', ['timed', 'rateLimit', 'authorize']],
]

for (const [options, stage, expected] of places) {
  test(`use(timed, ${JSON.stringify(options)}) runs in the ${stage} stage, in its place`, t => {
    const others = [rateLimit({ rate: 1 }), retry(), authorize(() => true)]
    t.deepEqual(chain(stage, use(timed, options), ...others), expected)
    t.deepEqual(chain(stage, ...others, use(timed, options)), expected)
  })
}

test('policies of one place keep their order', t => {
  const [one, two] = [use(timed, { name: 'one', before: 'timeout' }), use(timed, { name: 'two', after: 'fallback' })]
  t.deepEqual(chain('call', one, two, retry()), ['one', 'two', 'timeout', 'retry', 'failover'])
  t.deepEqual(chain('call', two, one, retry()), ['two', 'one', 'timeout', 'retry', 'failover'])
})

test('faults stand directly around the link and the handler', t => {
  t.is(chain('attempt', use(timed, { after: 'bulkhead' }), faults({})).at(-1), 'faults')
  t.deepEqual(chain('handler', faults({}), use(timed, { stage: 'handler' })), ['timed', 'faults'])
})

const mistakes: [() => PolicyDefinition, RegExp][] = [
  [() => use(next => next), /the policy has no name; write use\(policy, \{ name: 'timed' \}\)/],
  [() => use({} as Policy), /the policy must be a function, next => call => next\(call\), got \{\}/],
  [
    () => use(timed, { stage: 'nowhere' as never }),
    /use: stage must be one of 'call', 'attempt', 'handler', got 'nowhere'/,
  ],
  [() => use(timed, { rank: 5 } as UseOptions), /use has no option "rank"; it has name, stage, before, after/],
  [() => use(timed, { name: 'retry' }), /retry is the name of a built-in policy; choose another name/],
  [() => use(timed, { before: 'retry', after: 'timeout' }), /timed has both before and after; leave out one/],
  [
    () => use(timed, { before: 'retri' as 'retry' }),
    /timed is placed beside "retri", which is not a policy; write one of cached, fallback, timeout, .*, decode, validate$/,
  ],
  [
    () => use(timed, { stage: 'call', after: 'authorize' }),
    /after must name a policy of the call stage, got "authorize"; it has cached, fallback, timeout, retryThrottling, resumable, retry, hedge, failover$/,
  ],
]

for (const [make, message] of mistakes) {
  test(`refused: ${message.source}`, t => {
    const error = t.throws(make, { instanceOf: RpcError, message }) as RpcError
    t.is(error.reason, 'invalid_policy')
  })
}

test('a definition written by hand beside an unknown policy is refused at start-up', t => {
  const odd = {
    name: 'odd',
    stages: ['call'],
    places: { call: { before: 'lunch' } },
    summary: 'odd',
    build: () => timed,
  }
  t.throws(() => connect(Pinged, 'memory://nowhere', { policies: [odd as PolicyDefinition] }), {
    message: /odd: before must name a policy of the call stage, got "lunch"; it has cached, /,
  })
})

test('in serve a function runs around the handler, in connect around the call, as a decorator around the call', async t => {
  const notes: string[] = []

  @Service('used.Noted')
  class Noted {
    @Method(nothing)
    @Use(noting('declared', notes), { name: 'declared' })
    async ping(): Promise<void> {
      notes.push('ping')
    }
  }

  const policy = use(noting('given', notes), { name: 'given' })
  const server = await serve([Noted], { port: false, memory: 'use-serve', policies: [policy] })
  const atClient = connect(Noted, 'memory://use-serve')
  await atClient.ping()
  t.deepEqual(notes.splice(0), ['in declared', 'in given', 'ping', 'out given', 'out declared'])
  await disconnect(atClient)
  await server.close()

  const plain = await serve([Noted], { port: false, memory: 'use-connect' })
  const noted = connect(Noted, 'memory://use-connect', { policies: [policy] })
  await noted.ping()
  t.is(notes.filter(note => note === 'in given').length, 1)
  await disconnect(noted)
  await plain.close()
})
