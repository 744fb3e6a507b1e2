import test from 'ava'
import fc from 'fast-check'
import { sleep } from '../../src/core/clock.js'
import { TimerWheel, type TimeSource } from '../../src/core/timer-wheel.js'

const tick = 4

/** Time that moves only when told to, with the one alarm that a wheel sets. */
class ManualTime implements TimeSource {
  time = 1000.3
  held = false
  private alarm: { at: number; wake: () => void } | undefined

  now(): number {
    return this.time
  }

  setAlarm(delay: number, wake: () => void) {
    const alarm = { at: this.time + delay, wake }
    this.alarm = alarm
    this.held = true
    return {
      ref: () => {
        this.held = true
      },
      unref: () => {
        this.held = false
      },
      close: () => {
        if (this.alarm === alarm) this.alarm = undefined
      },
    }
  }

  get nextAlarm(): number {
    return this.alarm?.at ?? Number.POSITIVE_INFINITY
  }

  /** Moves on, and rings whatever is due on the way, at its time. */
  advance(by: number): void {
    const end = this.time + by
    while (this.alarm !== undefined && this.alarm.at <= end) {
      const { at, wake } = this.alarm
      this.alarm = undefined
      this.time = at
      wake()
    }
    this.time = end
  }
}

function made() {
  const time = new ManualTime()
  return { time, wheel: new TimerWheel(time) }
}

test('a timer fires once, not early, and at most a tick late', t => {
  const delays = fc.array(
    fc.record({
      after: fc.double({ min: 0, max: 50, noNaN: true }),
      delay: fc.double({ min: -10, max: 70_000, noNaN: true }),
    }),
  )
  fc.assert(
    fc.property(delays, timers => {
      const { time, wheel } = made()
      const fired = new Map<number, number[]>()
      const due = timers.map(({ after, delay }, at) => {
        time.advance(after)
        fired.set(at, [])
        const begin = time.time
        wheel.schedule(delay, { expire: () => fired.get(at)?.push(time.time) })
        return begin + Math.max(0, delay)
      })
      time.advance(75_000)
      for (const [at, when] of fired) {
        t.is(when.length, 1)
        const late = (when[0] as number) - (due[at] as number)
        // The alarm itself rings no sooner than a millisecond after it was set.
        t.true(late >= -1e-6 && late <= tick + 1, `${late}`)
      }
    }),
  )
})

test('a delay that is over already fires in the next tick and not a revolution later', t => {
  const { time, wheel } = made()
  let fired = 0
  const target = {
    expire: () => {
      fired++
    },
  }
  wheel.schedule(1, target)
  time.advance(10)
  wheel.schedule(0, target)
  wheel.schedule(-5000, target)
  time.advance(tick + 1)
  t.is(fired, 3)
})

test('a cancelled timer does not fire, and cancelling again or late does nothing', t => {
  const { time, wheel } = made()
  let fired = 0
  const target = {
    expire: () => {
      fired++
    },
  }
  const timers = [20, 20, 20].map(delay => wheel.schedule(delay, target))
  timers[1]?.cancel()
  timers[1]?.cancel()
  time.advance(100)
  t.is(fired, 2)
  for (const timer of timers) timer.cancel()
  wheel.schedule(20, target)
  time.advance(100)
  t.is(fired, 3)
})

test('a timer can cancel and start others as it fires', t => {
  const { time, wheel } = made()
  const fired: string[] = []
  const victim = wheel.schedule(10, { expire: () => fired.push('victim') })
  wheel.schedule(10, {
    expire: () => {
      fired.push('first')
      victim.cancel()
      wheel.schedule(10, { expire: () => fired.push('later') })
    },
  })
  time.advance(12 + tick)
  t.deepEqual(fired, ['first'])
  time.advance(12 + tick)
  t.deepEqual(fired, ['first', 'later'])
})

test('the process is held only while a timer is pending', t => {
  const { time, wheel } = made()
  const first = wheel.schedule(1000, { expire: () => {} })
  t.true(time.held)
  first.cancel()
  t.false(time.held)
  wheel.schedule(2000, { expire: () => {} })
  t.true(time.held)
  time.advance(3000)
  t.is(time.nextAlarm, Number.POSITIVE_INFINITY)
})

test('a delay longer than a Node timer can be asks for no alarm that it cannot keep', t => {
  const { time, wheel } = made()
  let fired = 0
  wheel.schedule(40 * 86_400_000, {
    expire: () => {
      fired++
    },
  })
  t.true(time.nextAlarm - time.time < 2 ** 31)
  time.advance(39 * 86_400_000)
  t.is(fired, 0)
  time.advance(2 * 86_400_000)
  t.is(fired, 1)
})

test('a process that was stopped fires everything that is due, once', t => {
  const { time, wheel } = made()
  const fired: number[] = []
  for (const delay of [10, 1000, 40_000, 100_000]) wheel.schedule(delay, { expire: () => fired.push(delay) })
  time.time += 90_000
  time.advance(1)
  t.deepEqual(
    fired.sort((a, b) => a - b),
    [10, 1000, 40_000],
  )
  time.advance(20_000)
  t.deepEqual(fired.at(-1), 100_000)
})

test.serial('an error thrown by a target harms no other timer and is not swallowed', async t => {
  const { time, wheel } = made()
  let fired = 0
  const thrown = new Promise(resolve => process.once('uncaughtException', resolve))
  const others = process.listeners('uncaughtException').slice(0, -1)
  for (const listener of others) process.off('uncaughtException', listener)
  wheel.schedule(10, {
    expire: () => {
      fired++
    },
  })
  wheel.schedule(10, {
    expire: () => {
      throw new Error('from the target')
    },
  })
  wheel.schedule(10, {
    expire: () => {
      fired++
    },
  })
  wheel.schedule(50, {
    expire: () => {
      fired++
    },
  })
  time.advance(100)
  t.is(fired, 3)
  t.is(((await thrown) as Error).message, 'from the target')
  for (const listener of others) process.on('uncaughtException', listener)
})

test('over real time a timer fires, and sleep can be cancelled', async t => {
  const wheel = new TimerWheel()
  const begin = performance.now()
  await sleep(wheel, 20)
  t.true(performance.now() - begin >= 20)
  const reason = new Error('enough')
  await t.throwsAsync(
    sleep(wheel, 60_000, listener => setImmediate(() => listener(reason))),
    { is: reason },
  )
})
