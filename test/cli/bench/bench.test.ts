import { join } from 'node:path'
import anyTest, { type ExecutionContext } from 'ava'
import { conditionOf, isSupported, timeText } from '../../../src/cli/bench/condition.js'
import { Tally } from '../../../src/cli/bench/tally.js'
import { type Server, serve } from '../../../src/index.js'
import { HelloService } from '../../fixtures/hello.js'
import { deferred } from '../../support/deferred.js'
import { begun, polywire, root } from '../cli.js'

// On a slow machine a call may take long; none of these is about that.
const contract = ['-c', join(root, 'build/test/fixtures/hello.js'), '--connect-timeout', '60s', '--timeout', '60s']
// Loads at the same time would wait for each other.
const test = anyTest.serial

const quick = ['--duration', '200ms', '--warmup', '0ms', '--rate', '50']

let server: Server
let at: string
test.before(async () => {
  server = await serve([HelloService], { port: 0, host: '127.0.0.1', report: () => {} })
  at = `127.0.0.1:${server.port}`
})
test.after.always(() => server.close())

interface Report {
  readonly schema: string
  readonly loop: string
  readonly steps: readonly {
    readonly due: number
    readonly sent: number
    readonly ok: number
    readonly failed: number
    readonly codes: object
    readonly trusted: boolean
    readonly rate: number
    readonly endRate?: number
    readonly methods: readonly { readonly method: string; readonly calls: number }[]
    readonly latencyMs: { readonly corrected?: object; readonly raw: object; readonly firstMessage?: object }
    readonly endpoints: readonly { readonly address: string }[]
    readonly broken: readonly object[]
  }[]
}

async function report(...line: string[]): Promise<Report> {
  const { out, err } = await polywire(['bench', ...line, ...contract, '--json'])
  if (err !== '') throw new Error(err)
  return JSON.parse(out) as Report
}

for (const wire of ['grpc', 'http', 'thrift', 'avro'])
  test(`over ${wire}, as many calls are sent as were due`, async t => {
    const { schema, loop, steps } = await report(
      `${wire}://${at}`,
      'SayHello',
      'name=x',
      ...quick,
      '--connections',
      '2',
    )
    t.deepEqual([schema, loop], ['polywire.bench/1', 'open'])
    t.like(steps[0], { due: 10, sent: 10, ok: 10, failed: 0, endpoints: [{ address: at }] })
    t.deepEqual(Object.keys(steps[0]?.latencyMs.corrected ?? {}), ['p50', 'p90', 'p99', 'p99.9', 'max'])
  })

test('streams are read to their end, and requests come in turn', async t => {
  const watch = await report(`grpc://${at}`, 'Watch', 'upTo=3', ...quick)
  t.like(watch.steps[0], { sent: 10, ok: 10 })
  t.truthy(watch.steps[0]?.latencyMs.firstMessage, 'latency is until the end; the first message is a row of its own')
  const add = await report(`grpc://${at}`, 'Add', '{"n":1}', '{"n":2}', ...quick)
  t.like(add.steps[0], { sent: 10, ok: 10 })
})

test('a closed loop has no corrected figures', async t => {
  const { loop, steps } = await report(
    `grpc://${at}`,
    'Ping',
    '--concurrency',
    '2',
    '--duration',
    '50ms',
    '--warmup',
    '0ms',
  )
  t.is(loop, 'closed')
  t.deepEqual(Object.keys(steps[0]?.latencyMs ?? {}), ['raw'])
})

test('a closed loop says what it leaves out', async t => {
  const line = [
    'bench',
    `grpc://${at}`,
    'Ping',
    ...contract,
    '--concurrency',
    '2',
    '--duration',
    '50ms',
    '--warmup',
    '0ms',
  ]
  const { out } = await polywire(line)
  t.is(
    out.split('\n').slice(1, 3).join('\n'),
    'closed loop, 2 at a time: the time that calls would have waited is left out; use --rate to see it\n' +
      '0.05 s, deadline 60 s, 1 connection',
  )
})

/** A server that says when it is called first. */
async function tellingServer(t: ExecutionContext) {
  const { promise: isCalled, resolve: tell } = deferred<void>()
  class Telling extends HelloService {
    override async ping(): Promise<void> {
      tell()
    }
  }
  const telling = await serve([Telling], { port: 0, host: '127.0.0.1', report: () => {} })
  t.teardown(() => telling.close())
  return { telling, isCalled }
}

test('Ctrl-C during the warm-up says that nothing was measured', async t => {
  const { telling, isCalled } = await tellingServer(t)
  const bench = begun(['bench', `grpc://127.0.0.1:${telling.port}`, 'Ping', ...contract, '--warmup', '60s'])
  await isCalled
  bench.interrupt()
  t.deepEqual(await bench.ended, {
    code: 130,
    out: '',
    err: 'canceled by you during the warm-up; nothing was measured\n',
  })
})

test('Ctrl-C during the load says how much of it the report is of', async t => {
  const { telling, isCalled } = await tellingServer(t)
  const bench = begun([
    'bench',
    `grpc://127.0.0.1:${telling.port}`,
    'Ping',
    ...contract,
    '--warmup',
    '0s',
    '--duration',
    '60s',
  ])
  await isCalled
  bench.interrupt()
  const { code, out, err } = await bench.ended
  t.is(code, 130)
  t.regex(err, /^canceled by you after \d+\.\d s; the report is of these\n$/)
  t.regex(out, /\n {2}due +\d+\n/)
})

test('failures are counted by code, and --fail-if decides the exit code', async t => {
  const line = [
    'bench',
    `grpc://${at}`,
    'Fail',
    'how=not_found',
    ...contract,
    ...quick,
    '--fail-if',
    'errors.not_found>0',
  ]
  const { code, out } = await polywire(line)
  t.is(code, 1)
  t.regex(out, / {2}failed +10 {4}not_found: failed with not_found\n/)
  t.true(out.endsWith('\nerrors.not_found was 10, allowed are 0\n'), out)
})

test('steps have a line each, and the highest that held is named', async t => {
  const line = [
    'bench',
    `grpc://${at}`,
    'Ping',
    ...contract,
    '--warmup',
    '0ms',
    '--duration',
    '100ms',
    '--rate',
    '50,100',
  ]
  const { out } = await polywire([...line, '--fail-if', 'errors>0'])
  const lines = out.split('\n').filter(one => !one.startsWith('do not trust') && one !== '')
  t.regex(lines[0] ?? '', /^ +rate +sent\/s +ok +p50 +p99 +p99\.9 +failed/)
  t.regex(lines[2] ?? '', /^ +100 .* 100 % /)
  t.is(lines[3], 'The highest step that held: 100/s')
})

test('a ramp is reported in ten windows', async t => {
  const { steps } = await report(`grpc://${at}`, 'Ping', '--warmup', '0ms', '--duration', '500ms', '--rate', '20..220')
  t.deepEqual(
    steps.map(({ rate, endRate }) => [rate, endRate]),
    Array.from({ length: 10 }, (_, n) => [20 + 20 * n, 40 + 20 * n]),
  )
  t.is(
    steps.reduce((sum, { sent }) => sum + sent, 0),
    60,
  )
})

test('--find names the highest rate that held', async t => {
  const line = [
    'bench',
    `grpc://${at}`,
    'Ping',
    ...contract,
    '--warmup',
    '0ms',
    '--duration',
    '200ms',
    '--rate',
    '40..80',
  ]
  const { code, out } = await polywire([...line, '--find', '--fail-if', 'rate>1'])
  t.is(code, 1)
  t.regex(out, /\nNo rate held: at 40\/s, where the search began, a limit was passed\.\n$/)
  const held = await polywire([...line, '--find', '--fail-if', 'errors>0', '--json'])
  const { found, steps } = JSON.parse(held.out) as Report & { readonly found: { readonly held?: number } }
  // A slow machine may not keep 40 calls a second.
  const rates = steps.filter(step => step.trusted && step.broken.length === 0).map(({ rate }) => rate)
  t.is(found.held, rates.length === 0 ? undefined : Math.max(...rates))
})

const mixed = ['--mix', 'SayHello:3,Divide:1', 'SayHello.name=user-{n}', 'Divide.dividend=6', 'Divide.divisor={1..3}']

for (const workers of [[], ['--workers', '2']])
  test(`--mix loads several methods by their weights ${workers.join(' ')}`, async t => {
    const { steps } = await report(`grpc://${at}`, ...mixed, ...quick, ...workers)
    t.like(steps[0], { due: 10, sent: 10, ok: 10, failed: 0 })
    const calls = steps[0]?.methods.map(({ method, calls }) => [method, calls]).sort()
    t.deepEqual(calls, [
      ['hello.Hello/Divide', 2],
      ['hello.Hello/SayHello', 8],
    ])
  })

test('what stops a load in threads is explained as without them', async t => {
  const line = [
    'bench',
    'grpc://127.0.0.1:1',
    'Ping',
    ...contract,
    '--workers',
    '2',
    '--warmup',
    '50ms',
    '--rate',
    '100',
  ]
  const { code, err } = await polywire(line)
  t.is(code, 78)
  t.regex(err, /^unavailable: 127\.0\.0\.1:1 refused the connection; nothing listens there\n/)
})

test('a field in a mix belongs to a method', async t => {
  const { code, err } = await polywire(['bench', `grpc://${at}`, '--mix', 'SayHello:3', 'name=x', ...contract])
  t.is(code, 2)
  t.is(err, 'polywire: "name=x" is of no method in --mix; write its method before the field: SayHello.name=x\n')
})

test('in CI the live line is not written over, and in a pipe there is none', async t => {
  const line = ['bench', `grpc://${at}`, 'Ping', ...contract, ...quick]
  for (const env of [{}, { CI: '1' }]) t.is((await polywire(line, { env })).err, '')
})

test('a method that cannot be called fails before the load, with its own code', async t => {
  const line = [
    'bench',
    `grpc://${at}`,
    'Fail',
    'how=unauthenticated',
    ...contract,
    '--warmup',
    '50ms',
    '--rate',
    '100',
  ]
  const { code, out, err } = await polywire(line)
  t.deepEqual({ code, out, err }, { code: 80, out: '', err: 'unauthenticated: failed with unauthenticated\n' })
})

test('what is wrong with a flag is said before anything is sent', async t => {
  for (const [flags, said] of [
    [['--rate', '0'], '--rate must be calls a second, or several with commas, or a ramp 100..5000, got "0"'],
    [['--connections', 'two'], '--connections must be an integer of at least 1, got "two"'],
    [['--rate', '5', '--concurrency', '5'], '--rate is an open loop and --concurrency a closed one; give one of them'],
    [['--rate', '5..'], '--rate must be calls a second, or several with commas, or a ramp 100..5000, got "5.."'],
    [['--workers', '100000'], '--workers must be at most '],
    [['--find'], "--find needs a limit that a rate must hold: --fail-if 'p99>20ms'"],
    [['--find', '--rate', '9,10', '--fail-if', 'errors>0'], '--find takes one --rate to begin with, or the two'],
    [['--mix', 'Ping:0'], '--mix must be methods with their weights, such as SayHello:9,Count:1, got Ping:0'],
    [['--fail-if', 'p99>20'], '--fail-if p99>20: it must be such as p99>20ms'],
    [['--duration', '5'], "--duration must be milliseconds, or a text such as '250ms'"],
  ] as const) {
    const { code, err } = await polywire(['bench', `grpc://${at}`, 'Ping', ...contract, ...flags])
    t.is(code, 2)
    t.true(err.startsWith(`polywire: ${said}`), err)
  }
})

test('conditions read times, shares and counts, and none fails by a percentile that the calls cannot support', t => {
  const tally = new Tally()
  for (let n = 1; n <= 100; n++) tally.ended({ due: 0, sent: n / 2, endpoint: 'a:1' }, n)
  tally.due = 200
  tally.notSent = 100
  const held = (text: string) => conditionOf(text).heldBy(tally, 10)
  t.is(held('p50>40ms'), '50.0 ms')
  t.is(held('p50>60ms'), undefined)
  t.is(held('raw.p50>20ms'), '25.0 ms')
  t.is(held('p99.9>1us'), undefined)
  t.is(held('max > 0.05s'), '100 ms')
  t.is(held('errors>49%'), '50%')
  t.is(held('errors<100'), undefined)
  t.is(held('rate<11'), '10.0/s')
  for (const text of ['p99', 'p99>20', 'rate>5ms', 'errors>5ms', 'raw.rate<5', 'p99=20ms', 'speed>1'])
    t.throws(() => conditionOf(text), { message: /^--fail-if / })
})

test('times have three digits and a unit', t => {
  t.deepEqual([0, 412, 999, 1000, 12_345, 123_456, 2_410_000].map(timeText), [
    '0.00 ms',
    '0.41 ms',
    '1.00 ms',
    '1.00 ms',
    '12.3 ms',
    '123 ms',
    '2.41 s',
  ])
  t.deepEqual([isSupported(0.999, 500), isSupported(0.999, 1000), isSupported(0.5, 0)], [false, true, false])
})
