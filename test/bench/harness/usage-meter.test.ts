import test from 'ava'
import { UsageMeter } from './usage-meter.js'

/** Microseconds. */
const work = 300_000

test('another process is metered as this one is', t => {
  const [inside, outside] = [new UsageMeter(), new UsageMeter(process.pid)]
  const begin = process.cpuUsage()
  let spent = 0
  while (spent < work) {
    const { user, system } = process.cpuUsage(begin)
    spent = user + system
  }
  const [own, seen] = [inside.read(), outside.read()]
  t.true(own.cpu >= work)
  // The system adds a running thread's time at its ticks.
  t.true(Math.abs(own.cpu - seen.cpu) < own.cpu / 4, `${own.cpu} and ${seen.cpu}`)
  t.true(seen.memory > own.memory / 2 && seen.memory < own.memory * 2, `${own.memory} and ${seen.memory}`)
  t.true(outside.read().cpu < work / 4)
})

test('a process that has ended is an error', t => {
  t.throws(() => new UsageMeter(2 ** 30), { code: 'ENOENT' })
})
