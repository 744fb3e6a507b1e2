import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { connect, disconnect, retry, serve } from '../../src/index.js'
import { HelloService } from '../fixtures/hello.js'
import { Who } from '../fixtures/programs/workers.js'
import { outcome } from '../support/calls.js'

const program = fileURLToPath(new URL('../fixtures/programs/workers.js', import.meta.url))

/** Runs the program; `line` resolves with the next line that fits. */
function run() {
  const child = spawn(process.execPath, [program, 'serve'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async (form: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error(`the program ended before it printed ${form}`)
      const match = form.exec(value)
      if (match !== null) return match
    }
  }
  return { child, line }
}

/** One connection is one worker: every new channel may meet another. */
async function pidOf(port: string): Promise<string> {
  const who = connect(Who, `http://127.0.0.1:${port}`, { policies: [retry({ attempts: 5 })] })
  const pid = await who.pid()
  await disconnect(who)
  return pid
}

async function pidsOf(port: string, count: number): Promise<Set<string>> {
  const pids = new Set<string>()
  for (let i = 0; i < 200 && pids.size < count; i++) pids.add(await pidOf(port))
  return pids
}

test('workers share a port, one that dies is replaced, and all drain when the server closes', async t => {
  const { child, line } = run()
  const [, port = ''] = await line(/^port (\d+)$/)
  const before = await pidsOf(port, 2)
  t.is(before.size, 2)
  t.false(before.has(String(child.pid)))

  const who = connect(Who, `http://127.0.0.1:${port}`)
  await outcome(who.crash())
  await disconnect(who)
  t.truthy(await line(/^reported .*worker \d+ ended \(exit code 7\)/))
  t.true((await pidsOf(port, 1)).size === 1, 'the other one goes on')
  for (let i = 0; i < 2000; i++) {
    const pid = await pidOf(port)
    if (!before.has(pid)) break
    if (i % 20 === 19) await new Promise(resolve => setTimeout(resolve, 20))
    if (i === 1999) t.fail('the dead worker was not replaced')
  }

  child.kill('SIGTERM')
  const exited = once(child, 'exit')
  await line(/^closed$/)
  t.deepEqual(await exited, [0, null])
})

test('numbers of workers that make no sense are refused', async t => {
  for (const workers of [0, 1.5, Number.NaN]) {
    t.regex(String((await outcome(serve([HelloService], { workers }))).error), /is no number of processes/)
  }
  t.regex(String((await outcome(serve([HelloService], { workers: 1, port: false }))).error), /they share a port/)
})
