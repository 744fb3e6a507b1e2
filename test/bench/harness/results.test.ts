import test, { type ExecutionContext } from 'ava'
import { checked, confirmed, printCheck, toRepeat } from './check.js'
import { type Result, resultOf } from './result.js'
import { settingsOf } from './settings.js'
import { resultTable } from './table.js'

const header = { id: 'grpc.unary', title: 'gRPC, unary', reference: 'peer' }

/** Calls a second of polywire and of its peer, and CPU a call. */
function measured(calls: readonly (readonly [own: number, peer: number])[], cpu = 2) {
  return resultOf(header, [
    { name: 'polywire grpc', rounds: calls.map(([own]) => ({ callsPerSecond: own, cpu })) },
    { name: 'peer', rounds: calls.map(([, peer]) => ({ callsPerSecond: peer, cpu: 20 })) },
  ])
}

const settings = settingsOf([])

/** What the test prints. */
function printed(t: ExecutionContext): readonly string[] {
  const { log } = console
  t.teardown(() => {
    console.log = log
  })
  const lines: string[] = []
  console.log = line => lines.push(line)
  return lines
}

const committed = measured([
  [1000, 100],
  [2000, 100],
  [4000, 400],
])

test('ratios are those within each round, figures medians with the middle half of the rounds', t => {
  const [own, peer] = committed.rows
  t.deepEqual(own?.figures.callsPerSecond, { median: 2000, low: 1500, high: 3000 })
  t.deepEqual(own?.ratios.callsPerSecond, { median: 10, low: 10, high: 15 })
  t.is(own?.reference, 'peer')
  t.is(peer?.ratios.callsPerSecond?.median, 1)
})

test('a contender whose reference was left out has no ratio', t => {
  const [own] = resultOf(header, [{ name: 'polywire grpc', rounds: [{ callsPerSecond: 1 }] }]).rows
  t.deepEqual(own?.ratios, {})
  t.is(own?.reference, undefined)
})

test('the table has the spread of the first measure and the ratios', t => {
  t.is(
    resultTable(committed),
    `|               | calls/s | spread | ratio | CPU us | ratio |
| ------------- | ------: | -----: | ----: | -----: | ----: |
| polywire grpc |    2000 |  ±38 % |    10 |   2.00 |  0.10 |
| peer          |     100 |  ±75 % |  1.00 |  20.00 |  1.00 |
`,
  )
})

test('a ratio falls when even the better rounds are worse than the committed one by more than the tolerance', t => {
  const check = (fresh: typeof committed) => checked([committed], [fresh])
  t.deepEqual(check(measured([[600, 100]])), { held: 2, fallen: [], unknown: [], gone: [] })
  t.deepEqual(check(measured([[590, 100]])).fallen, [
    { id: 'grpc.unary', name: 'polywire grpc', reference: 'peer', measure: 'callsPerSecond', before: 10, now: 5.9 },
  ])
  const halfDisturbed = measured([
    [100, 100],
    [1000, 100],
    [1000, 100],
  ])
  t.deepEqual(check(halfDisturbed).fallen, [])
  t.deepEqual(
    check(measured([[1000, 100]], 2.6)).fallen.map(({ measure, before, now }) => [measure, before, now]),
    [['cpu', 0.1, 0.13]],
  )
})

test('a ratio that fell is measured again, and falls only if it falls twice', t => {
  const [slow, fast] = [measured([[100, 100]], 9), measured([[1000, 100]], 9)]
  const first = checked([committed], [slow])
  t.deepEqual(
    first.fallen.map(({ measure }) => measure),
    ['callsPerSecond', 'cpu'],
  )
  t.deepEqual(toRepeat(first), { names: ['grpc'], only: ['polywire grpc', 'peer'] })
  const second = confirmed(first, [fast])
  t.deepEqual(
    second.fallen.map(({ measure }) => measure),
    ['cpu'],
  )
  t.is(second.held, 1)
  t.deepEqual(confirmed(first, []).fallen, first.fallen)
})

test.serial('--check fails where there is nothing to compare', t => {
  const lines = printed(t)
  const print = (earlier: Result[], ...results: Result[]) => printCheck(checked(earlier, results), settings)
  t.true(print([committed], committed))
  t.false(print([], committed))
  t.false(print([committed], measured([[100, 100]])))
  t.regex(lines.join('\n'), /grpc\.unary: polywire grpc +\| calls\/s \| +10 \| +1\.00 \| +40 %/)
})

test.serial(
  '--check fails where polywire has a ratio that the committed results do not have, but not with --only',
  t => {
    const lines = printed(t)
    const renamed = resultOf({ ...header, id: 'grpc.renamed' }, [
      { name: 'polywire grpc', rounds: [{ callsPerSecond: 1000, cpu: 2 }] },
      { name: 'peer', rounds: [{ callsPerSecond: 100, cpu: 20 }] },
    ])
    const check = checked([committed], [committed, renamed])
    t.false(printCheck(check, settings))
    t.true(
      lines.includes('docs/performance/results.json has no ratio of\n- grpc.renamed: polywire grpc (calls/s, CPU us)'),
    )
    t.true(printCheck(check, { ...settings, only: ['polywire', 'peer'] }))
  },
)

test.serial('--check fails where a contender of the committed results was not measured, but not with --only', t => {
  const lines = printed(t)
  const [own, peer] = committed.rows
  const rows = [own, peer].flatMap(row => row ?? [])
  const earlier = { ...committed, rows: [...rows, ...rows.map(row => ({ ...row, name: `${row.name}, renamed` }))] }
  const check = checked([earlier], [committed])
  t.deepEqual(check.gone, ['grpc.unary: polywire grpc, renamed'], 'and peers may go')
  t.false(printCheck(check, settings))
  t.true(lines.includes('This run did not measure\n- grpc.unary: polywire grpc, renamed'))
  t.true(printCheck(check, { ...settings, only: ['polywire grpc'] }))
  t.deepEqual(checked([earlier], [{ ...committed, axis: 'bytes' }]).gone, [])
})

test('a figure that was measured once has no spread', t => {
  t.is(
    resultTable(measured([[1000, 100]])),
    `|               | calls/s | ratio | CPU us | ratio |
| ------------- | ------: | ----: | -----: | ----: |
| polywire grpc |    1000 |    10 |   2.00 |  0.10 |
| peer          |     100 |  1.00 |  20.00 |  1.00 |
`,
  )
})

test('flags', t => {
  t.deepEqual(settingsOf(['grpc', '--quick', '--only', 'a,b', '--json', 'x.json', '--check']), {
    names: ['grpc'],
    quick: true,
    rounds: 3,
    duration: 150,
    minutes: 1,
    only: ['a', 'b'],
    json: 'x.json',
    publish: false,
    check: true,
  })
  t.is(settingsOf(['--quick', '--ms', '500']).duration, 500)
  t.throws(() => settingsOf(['--rounds', '0']), { message: '--rounds must be a positive integer, got 0' })
  t.throws(() => settingsOf(['--round', '1']), { message: /Unknown option '--round'/ })
})
