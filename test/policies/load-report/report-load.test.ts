import test from 'ava'
import type { LoadReport } from '../../../src/core/load-report.js'
import { Code, RpcError } from '../../../src/index.js'
import { readLoadReport } from '../../../src/policies/load-report/orca.js'
import { type ReportLoadOptions, reportLoad } from '../../../src/policies/load-report/report-load.js'
import { methodInfo, outcome, rig } from '../../support/calls.js'

function reporting(options: ReportLoadOptions = {}, kind: Parameters<typeof methodInfo>[1] = 'unary') {
  const { clock, call, wrap } = rig(methodInfo('idempotent', kind))
  const warnings: string[] = []
  let next: () => unknown = () => 'reply'
  const definition = reportLoad(options, error => warnings.push(String(error)))
  const handler = wrap([definition], async () => next(), ['handler'])
  /** One call, and what its reply says of the load. */
  const serve = async (reply: () => unknown = () => 'reply'): Promise<LoadReport | undefined> => {
    next = reply
    const one = call()
    const { value } = await outcome(handler(one))
    if (kind === 'server_streaming' && value !== undefined)
      await outcome(
        (async () => {
          for await (const _ of value as AsyncIterable<unknown>);
        })(),
      )
    const bytes = one.replyTrailers.get('endpoint-load-metrics-bin')
    return bytes === undefined ? undefined : readLoadReport(bytes)
  }
  return { clock, serve, warnings }
}

const fail = (code: Code) => () => {
  throw new RpcError('no', code)
}

test('calls and failures a second are counted, and what the caller did wrong is no failure', async t => {
  const { clock, serve } = reporting()
  for (let n = 0; n < 5; n++) t.is(await serve(), undefined, 'nothing is said before the first second is over')
  await serve(fail(Code.unavailable))
  await serve(fail(Code.not_found))
  await serve(() => {
    throw new TypeError('a bug')
  })
  await clock.advance(2000)
  const report = await serve()
  t.is(report?.qps, 4.5)
  t.is(report?.eps, 1)
  await clock.advance(999)
  t.is((await serve())?.qps, 4.5, 'the same for a second')
  await clock.advance(1)
  t.is((await serve())?.qps, 2)
})

test('utilization is that of the process: above 0 where it works, and 1 at most', async t => {
  const { clock, serve } = reporting()
  const until = performance.now() + 20
  while (performance.now() < until);
  await clock.advance(performance.now())
  const report = await serve()
  t.true((report?.cpuUtilization ?? 0) > 0)
  t.true((report?.applicationUtilization ?? 0) > 0)
  t.true((report?.applicationUtilization ?? 2) <= 1)
})

test("figures of one's own take the place of the measured ones, and names travel", async t => {
  const { clock, serve } = reporting({
    period: '5s',
    measure: () => ({ applicationUtilization: 0.75, memoryUtilization: 0.5, named: new Map([['queue', 17]]) }),
  })
  await clock.advance(5000)
  const report = await serve()
  t.is(report?.applicationUtilization, 0.75)
  t.is(report?.memoryUtilization, 0.5)
  t.is(report?.qps, 0.2)
  t.deepEqual(report?.named, new Map([['queue', 17]]))
})

test('what is no figure is left out, told of once; a hook that throws harms no call', async t => {
  const { clock, serve, warnings } = reporting({
    measure: () => ({ qps: Number.NaN, cpuUtilization: 0.5, named: new Map([['queue', -1]]) }),
  })
  for (let n = 0; n < 3; n++) {
    await clock.advance(1000)
    t.like(await serve(), { qps: 1, cpuUtilization: 0.5, named: new Map() })
  }
  t.deepEqual(warnings.length, 2)
  t.regex(warnings[0] as string, /reportLoad: qps must be a number of at least 0, got NaN; it is left out/)
  const broken = reporting({
    measure: () => {
      throw new Error('no sensor')
    },
  })
  await broken.clock.advance(1000)
  t.is((await broken.serve())?.qps, 1)
  t.deepEqual(broken.warnings, ['Error: no sensor'])
})

test('a stream counts when it has ended, and says the load then', async t => {
  const { clock, serve } = reporting({}, 'server_streaming')
  const stream = async function* () {
    yield 1
    await clock.advance(1000)
    yield 2
  }
  t.like(await serve(stream), { qps: 1, eps: 0 })
  const failing = async function* () {
    yield 1
    await clock.advance(500)
    throw new RpcError('no', Code.internal)
  }
  t.like(await serve(failing), { qps: 1, eps: 0 })
  await clock.advance(500)
  t.like(await serve(fail(Code.unavailable)), { qps: 2, eps: 2 })
})

test('a period that makes no sense is a start-up error', t => {
  t.throws(() => reportLoad({ period: 0 }, () => {}), {
    instanceOf: RpcError,
    message: /reportLoad: period must be above 0, got 0 ms/,
  })
})
