import test from 'ava'
import { conditionOf } from '../../../src/cli/bench/condition.js'
import type { Histogram } from '../../../src/cli/bench/histogram.js'
import { heldText, stepsText, stepText } from '../../../src/cli/bench/report.js'
import type { RunStep } from '../../../src/cli/bench/run-step.js'
import { type Part, Tally } from '../../../src/cli/bench/tally.js'
import { Code, RpcError } from '../../../src/index.js'

type Times = readonly (readonly [calls: number, milliseconds: number])[]

function record(histogram: Histogram, times: Times): void {
  for (const [calls, milliseconds] of times)
    for (let call = 0; call < calls; call++) histogram.record(milliseconds * 1000)
}

function part(failed: number, times: Times): Part {
  const { corrected: latency } = new Tally()
  record(latency, times)
  return { failed, latency }
}

test('the report of a step has the columns of its transcript', t => {
  const tally = new Tally()
  Object.assign(tally, { due: 20_000, sent: 20_000, ok: 19_996, failed: 4, latest: 11, late: 20 })
  record(tally.corrected, [
    [1367, 0.2],
    [12_957, 0.41],
    [4885, 0.86],
    [593, 1.98],
    [144, 4],
    [50, 18.2],
    [4, 61],
  ])
  record(tally.raw, [
    [14_324, 0.4],
    [4885, 0.84],
    [593, 1.71],
    [194, 9.4],
    [4, 50.1],
  ])
  const first = new RpcError('/hello.Hello/SayHello: no reply before its deadline', Code.deadline_exceeded)
  const failure = { code: 'deadline_exceeded', reason: 'deadline_exceeded', first, endpoint: undefined, count: 4 }
  tally.failures.set('4', failure)
  // It replied first.
  tally.endpoints.set(
    '127.0.0.1:8081',
    part(0, [
      [9850, 0.41],
      [146, 1.6],
    ]),
  )
  tally.endpoints.set(
    '127.0.0.1:8080',
    part(4, [
      [9850, 0.41],
      [154, 2.31],
    ]),
  )
  t.is(
    stepText({ tally, rate: 2000, seconds: 10, broken: [] }, '50 ms'),
    `  due         20,000
  sent        20,000     2,000.0/s    late by 11.0 ms at most, 0.1 % by more than 1 ms
  ok          19,996     1,999.6/s
  failed           4     0.02 %
  unfinished       0

  latency          p50       p90       p99     p99.9       max
  corrected    0.41 ms   0.86 ms   1.98 ms   18.2 ms   61.0 ms    from when the call was due
  raw          0.40 ms   0.84 ms   1.71 ms   9.41 ms   50.1 ms    from when it was sent

   < 0.25 ms     1,367  ####
   < 0.5 ms     12,957  ########################################
   < 1 ms        4,885  ###############
   < 2 ms          593  ##
   < 5 ms          144  #
   < 20 ms          50  #
   < 100 ms          4  #

  failed            4    deadline_exceeded: no reply within 50 ms
  endpoint            calls    failed       p50       p99
  127.0.0.1:8080     10,004         4   0.41 ms   2.31 ms
  127.0.0.1:8081      9,996         0   0.41 ms   1.60 ms
`,
  )
})

test('a failure is told without the method and the endpoint of the first call that met it', t => {
  const tally = new Tally()
  const message = '/hello.Hello/SayHello: the server closed the connection (last endpoint: 127.0.0.1:1)'
  tally.ended({ due: 0, sent: 0 }, 1, new RpcError(message, Code.unavailable))
  const text = stepText({ tally, rate: 1, seconds: 1, broken: [] }, '30 s')
  t.true(text.endsWith('\n  failed            1    unavailable: the server closed the connection\n'), text)
})

test('steps have the columns of their transcript', t => {
  const step = (rate: number, ok: number, times: Times, more: Partial<RunStep> = {}): RunStep => {
    const tally = new Tally()
    Object.assign(tally, { due: rate * 10, sent: rate * 10, ok, failed: rate * 10 - ok })
    record(tally.corrected, times)
    return { tally, rate, seconds: 10, broken: [], ...more }
  }
  const spread = (p50: number, p99: number, p999: number): Times => [
    [950, p50],
    [45, p99],
    [5, p999],
  ]
  const broken = [{ condition: conditionOf('p99>20ms'), value: '2.41 s' }]
  const steps = [
    step(1000, 10_000, spread(0.39, 1.2, 4)),
    step(4000, 40_000, spread(0.62, 6.7, 31)),
    step(8000, 65_920, spread(411, 2410, 4900), { broken }),
  ]
  t.is(
    stepsText(steps),
    `     rate      sent/s        ok       p50        p99      p99.9    failed
    1,000     1,000.0     100 %   0.39 ms    1.20 ms    4.00 ms         0
    4,000     4,000.0     100 %   0.62 ms    6.70 ms    31.0 ms         0
    8,000     8,000.0    82.4 %    411 ms     2.41 s     4.90 s    14,080    FAIL p99>20ms
`,
  )
  t.is(heldText(steps), 'The highest step that held: 4,000/s')
})
