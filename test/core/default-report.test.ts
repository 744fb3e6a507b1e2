import test from 'ava'
import type { Call } from '../../src/core/call.js'
import { oncePerMinute } from '../../src/core/default-report.js'
import { connect, disconnect } from '../../src/index.js'
import { Hello } from '../fixtures/hello.js'
import { methodInfo } from '../support/calls.js'

const call = { method: methodInfo() } as Call

function reporting() {
  const printed: string[] = []
  const waiting: (() => void)[] = []
  const report = oncePerMinute(
    (text, first) => printed.push(first === undefined ? text : `${text} (in full)`),
    run => waiting.push(run),
  )
  return {
    printed,
    report,
    get timers() {
      return waiting.length
    },
    minute() {
      for (const run of waiting.splice(0)) run()
    },
  }
}

test('a problem is printed at once, and after each minute in which it came again with the number of times', t => {
  const log = reporting()
  for (let n = 0; n < 1000; n++) log.report(new Error(`no connection to 10.0.0.${n}`), call)
  log.report(new Error('another problem'), call)
  log.report(new Error('no connection to 10.0.0.1'))
  t.deepEqual(log.printed.splice(0), [
    '/test.Service/Do: no connection to 10.0.0.0 (in full)',
    '/test.Service/Do: another problem (in full)',
    'no connection to 10.0.0.1 (in full)',
  ])
  log.minute()
  t.deepEqual(log.printed.splice(0), ['999 more in the last minute: /test.Service/Do: no connection to 10.0.0.0'])
  log.report(new Error('no connection to 10.0.0.7'), call)
  log.minute()
  t.deepEqual(log.printed.splice(0), ['1 more in the last minute: /test.Service/Do: no connection to 10.0.0.0'])
  log.minute()
  t.deepEqual(log.printed, [])
  t.is(log.timers, 0, 'nothing waits once it is quiet')
  log.report(new Error('no connection to 10.0.0.7'), call)
  t.deepEqual(log.printed, ['/test.Service/Do: no connection to 10.0.0.7 (in full)'])
})

test('texts that a peer chooses fill neither the log nor the memory', t => {
  const log = reporting()
  const letters = (n: number) => String(n).replace(/\d/g, digit => 'abcdefghij'[Number(digit)] as string)
  for (let n = 0; n < 5000; n++) log.report(new Error(`bad ${letters(n)}`))
  t.is(log.printed.length, 101)
  t.is(log.timers, 101)
  log.printed.splice(0)
  log.minute()
  t.deepEqual(log.printed, ['4899 more in the last minute: other problems'])
})

test.serial('connect without report warns of a problem once', async t => {
  const warnings: string[] = []
  const listen = (warning: Error) => warnings.push(`${warning.name}: ${warning.message}`)
  process.on('warning', listen)
  t.teardown(() => process.off('warning', listen))
  const config = { methodConfig: [{ name: [{}], maxRequestMessageBytes: 7 }] }
  for (let n = 0; n < 3; n++) await disconnect(connect(Hello, 'memory://nowhere', { config: config as never }))
  await new Promise(setImmediate)
  const about = warnings.filter(warning => warning.includes('maxRequestMessageBytes'))
  t.is(about.length, 1)
  t.regex(about[0] ?? '', /^PolywireWarning: config: methodConfig\[0\]\.maxRequestMessageBytes has no effect here/)
})
