import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { connect, disconnect } from '../../src/index.js'
import { Who } from '../fixtures/programs/workers.js'
import { outcome } from '../support/calls.js'

const program = fileURLToPath(new URL('../fixtures/programs/workers.js', import.meta.url))

/** Runs two workers; `line` resolves with the next line that fits. */
function run(t: ExecutionContext, role: string) {
  // A process group of its own, which ends whatever becomes of the test.
  const child = spawn(process.execPath, [program, role], { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  t.teardown(() => {
    if (child.exitCode === null) process.kill(-Number(child.pid), 'SIGKILL')
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async (form: RegExp): Promise<string> => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error(`the program ended before it printed ${form}`)
      const match = form.exec(value)
      if (match !== null) return match[1] ?? ''
    }
  }
  const close = async () => {
    child.kill('SIGTERM')
    await line(/^closed$/)
    await once(child, 'exit')
  }
  return { line, close }
}

/** Over a connection of its own, which may reach any worker. */
async function page(
  port: string,
  path: string,
): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const request = get({ port, path, host: '127.0.0.1', agent: false })
  const [response] = await once(request, 'response')
  return { status: response.statusCode, body: await text(response) }
}

/** Calls over new connections until each of the workers has answered. @returns their process ids, and the number of calls */
async function callAll(port: string, method: 'pid' | 'unready', count: number) {
  const pids = new Set<string>()
  let calls = 0
  for (; pids.size < count; calls++) {
    const who = connect(Who, `http://127.0.0.1:${port}`)
    pids.add(await who[method]())
    await disconnect(who)
  }
  return { pids: [...pids], calls }
}

function valuesOf(metrics: string, form: RegExp): number[] {
  return metrics
    .split('\n')
    .filter(line => form.test(line))
    .map(line => Number(line.slice(line.lastIndexOf(' '))))
}

const callsOfPid = /^rpc_server_call_duration_seconds_count\{.*rpc_method="test\.Who\/Pid"/

/** A scrape that each worker has answered in time, with this many calls of `pid`. */
async function completeScrape(port: string, calls: number): Promise<string> {
  for (;;) {
    const { body } = await page(port, '/metrics')
    const answered = valuesOf(body, /^polywire_worker_answered\{/)
    const [counted] = valuesOf(body, callsOfPid)
    if (answered.length === 2 && !answered.includes(0) && counted === calls) return body
    // Leaves the processor to workers that start.
    await pause(50)
  }
}

test('a scrape shows the calls of all workers, whichever answers, and those of one that died', async t => {
  const { line, close } = run(t, 'serve')
  const port = await line(/^port (\d+)$/)
  const { calls } = await callAll(port, 'pid', 2)
  for (let scrape = 0; scrape < 3; scrape++) {
    const metrics = await completeScrape(port, calls)
    t.is(valuesOf(metrics, /^process_resident_memory_bytes\{worker="[12]"\}/).length, 2)
    t.is(valuesOf(metrics, /^polywire_server_connections\{protocol="http"\}/).length, 1, 'one sum')
  }

  const who = connect(Who, `http://127.0.0.1:${port}`)
  await outcome(who.crash())
  await disconnect(who)
  await line(/^reported .*worker \d+ ended \(exit code 7\)/)
  t.deepEqual(valuesOf((await page(port, '/metrics')).body, callsOfPid), [calls])
  await completeScrape(port, calls)
  await close()
})

test('the supervisor serves metrics on their own port, also while a worker does not answer', async t => {
  const { line, close } = run(t, 'scraped apart')
  const port = await line(/^port (\d+)$/)
  const metricsPort = await line(/^metrics (\d+)$/)
  const { calls, pids } = await callAll(port, 'pid', 2)
  await completeScrape(metricsPort, calls)
  t.is((await page(port, '/metrics')).status, 404)

  const stopped = Number(pids[0])
  process.kill(stopped, 'SIGSTOP')
  const { body } = await page(metricsPort, '/metrics')
  const answered = valuesOf(body, /^polywire_worker_answered\{/)
  t.is(answered.length, 2)
  t.true(answered.includes(0))
  t.deepEqual(valuesOf(body, callsOfPid), [calls], 'its counters are those of before')
  t.true(valuesOf(body, /^process_resident_memory_bytes\{/).length < 2, 'its gauges are missing')
  process.kill(stopped, 'SIGCONT')
  await close()
})

test('a server is ready as long as one of its workers is', async t => {
  const { line, close } = run(t, 'serve')
  const port = await line(/^port (\d+)$/)
  const [first = ''] = (await callAll(port, 'unready', 1)).pids
  for (let probe = 0; probe < 6; probe++) t.is((await page(port, '/readyz')).status, 200)
  const { pids } = await callAll(port, 'unready', 2)
  t.true(pids.includes(first))
  // A result counts for a second, so the probes above may hold for a moment.
  let last = await page(port, '/readyz')
  for (; last.status !== 503; last = await page(port, '/readyz')) await pause(50)
  t.is(last.body, '{"status":"not ready","checks":{"own":"failing"}}')
  t.is((await page(port, '/healthz')).status, 200)
  await close()
})
