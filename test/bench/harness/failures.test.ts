import test from 'ava'
import { compare } from './compare.js'
import { WorkerProcess } from './processes.js'
import { Report } from './report.js'
import { settingsOf } from './settings.js'
import { takeTurns } from './turns.js'

const { error, log } = console
test.before(() => {
  console.error = console.log = () => {}
})
test.after.always(() => Object.assign(console, { error, log }))

const report = () => new Report(settingsOf(['--rounds', '2', '--ms', '1']))
const contender = (name: string, code: string) => ({ name, module: `data:text/javascript,${encodeURIComponent(code)}` })
const serve = "export const listen = async () => 'here'"

test('a contender that does not start, dies or replies something else is left out, and the others are measured', async t => {
  const run = report()
  const contenders = [
    contender('does not start', "export const listen = async () => { throw new Error('no') }"),
    contender(
      'dies',
      `${serve}; let calls = 0; export const connect = async () => async () => { if (calls++ > 0) process.exit(7); return 'x' }`,
    ),
    contender('replies y', `${serve}; export const connect = async () => async () => 'y'`),
    contender(
      'works',
      `${serve}; export const connect = async () => () => new Promise(done => setImmediate(done, 'x'))`,
    ),
  ]
  const measured = await compare(contenders, run, { inFlight: 1, reply: 'x' })
  t.deepEqual(
    measured.map(({ name, rounds }) => [name, rounds.length]),
    [['works', 2]],
  )
  t.deepEqual(run.leftOut, [
    'does not start (its server ended with code 1)',
    'replies y (it replied "y")',
    'dies (its client ended with code 7)',
  ])
  t.true(run.hasFailures)
})

test('a contender whose turn fails is left out of every round, and the others keep theirs', async t => {
  const run = report()
  const order: string[] = []
  const turn = async ({ name }: { name: string }) => {
    order.push(name)
    if (name === 'b' && order.length > 3) throw new Error('no\nmore')
    return order.length
  }
  const measured = await takeTurns(run, [{ name: 'a' }, { name: 'b' }, { name: 'c' }], turn)
  t.deepEqual(measured, [
    { one: { name: 'a' }, rounds: [6, 7] },
    { one: { name: 'c' }, rounds: [5, 8] },
  ])
  t.is(order.join(''), 'abcbcaac')
  t.deepEqual(run.leftOut, ['b (no)'])
})

test('where code is hot the first turn counts', async t => {
  const order: string[] = []
  const turn = async ({ name }: { name: string }) => order.push(name)
  const measured = await takeTurns(report(), [{ name: 'a' }, { name: 'b' }], turn, { rounds: 2, isHot: true })
  t.is(order.join(''), 'baab')
  t.deepEqual(
    measured.map(({ rounds }) => rounds),
    [
      [2, 3],
      [1, 4],
    ],
  )
})

test('a process that is silent or dead is an error of whoever waits for it', async t => {
  const path = new URL('worker.js', import.meta.url)
  const hangs = contender('', 'export const listen = () => new Promise(() => setInterval(() => {}, 1000))')
  const silent = new WorkerProcess('its server', [hangs.module, 'serve'], { path, flags: [], patience: 1 })
  t.teardown(() => silent.end())
  await t.throwsAsync(silent.receive(), { message: 'its server sent nothing for 0.001 s' })
  const dead = new WorkerProcess('its server', ['data:text/javascript,process.exit(3)', 'serve'])
  const died = { message: 'its server ended with code 3' }
  await t.throwsAsync(dead.receive(), died)
  await t.throwsAsync(dead.ask('read'), died)
})
