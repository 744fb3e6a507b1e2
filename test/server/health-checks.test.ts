import test from 'ava'
import { HealthChecks } from '../../src/server/health-checks.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

test('a check that hangs fails each time that it is asked, and is not started again before it has ended', async t => {
  const clock = new VirtualClock()
  const reports: unknown[] = []
  let started = 0
  let end = (_passes: boolean) => {}
  const database = () => {
    started++
    return new Promise<boolean>(resolve => {
      end = resolve
    })
  }
  const checks = new HealthChecks({ database }, clock, error => reports.push(error))
  for (const round of [1, 2, 3]) {
    const passes = checks.pass()
    await clock.advance(5000)
    t.false(await passes)
    t.is(reports.length, round)
    await clock.advance(1000)
  }
  t.is(started, 1)
  end(true)
  await new Promise(setImmediate)
  const passes = checks.pass()
  t.is(started, 2)
  end(true)
  t.true(await passes)
})
