import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { connect, disconnect, retry, serve } from '../../src/index.js'
import { HelloService } from '../fixtures/hello.js'
import { Who } from '../fixtures/programs/workers.js'
import { outcome } from '../support/calls.js'

const program = fileURLToPath(new URL('../fixtures/programs/workers.js', import.meta.url))

/** Runs the program; `line` resolves with the next line that fits. */
function run({ role = 'serve', broken = '', drain = 30_000 } = {}) {
  const child = spawn(process.execPath, [program, role, broken, String(drain)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // A process group of its own, so that a signal can reach all of it as from a terminal.
    detached: true,
  })
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

/** A path at which there is nothing yet. */
function freePath(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'polywire-workers-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return join(folder, 'broken')
}

async function crashOne(port: string): Promise<void> {
  const who = connect(Who, `http://127.0.0.1:${port}`)
  await outcome(who.crash())
  await disconnect(who)
}

/** Resolves when no process has that id any more. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

test('a worker that ends before it serves is tried again later, until it serves', async t => {
  const broken = freePath(t)
  const { child, line } = run({ broken })
  const [, port = ''] = await line(/^port (\d+)$/)
  const before = await pidsOf(port, 2)
  writeFileSync(broken, '')
  await crashOne(port)
  t.truthy(await line(/^reported .*\(exit code 7\)/))
  t.truthy(await line(/^reported .*\(exit code 3\)/), 'the first that was to replace it')
  t.true(before.has(await pidOf(port)), 'the other one goes on')
  rmSync(broken)
  for (let pid = await pidOf(port); before.has(pid); pid = await pidOf(port))
    await new Promise(resolve => setTimeout(resolve, 20))
  child.kill('SIGTERM')
  t.deepEqual(await once(child, 'exit'), [0, null])
})

test('a server that closes does not wait for a worker that is to be started again', async t => {
  const broken = freePath(t)
  const { child, line } = run({ broken })
  const [, port = ''] = await line(/^port (\d+)$/)
  await pidsOf(port, 2)
  writeFileSync(broken, '')
  await crashOne(port)
  await line(/^reported .*\(exit code 3\)/)
  child.kill('SIGTERM')
  const exited = once(child, 'exit')
  await line(/^closed$/)
  t.deepEqual(await exited, [0, null])
})

test('an interrupt of the whole group, as from a terminal, drains like any other end', async t => {
  const { child, line } = run()
  const [, port = ''] = await line(/^port (\d+)$/)
  const pids = await pidsOf(port, 2)
  const exited = once(child, 'exit')
  process.kill(-Number(child.pid), 'SIGINT')
  await line(/^closed$/)
  t.deepEqual(await exited, [0, null])
  for (const pid of pids) await gone(Number(pid))
})

test('an end of the whole group, as from systemd, finds workers that are gone before they are told to go', async t => {
  const { child, line } = run()
  const [, port = ''] = await line(/^port (\d+)$/)
  await pidsOf(port, 2)
  const exited = once(child, 'exit')
  process.kill(-Number(child.pid), 'SIGTERM')
  await line(/^closed$/)
  t.deepEqual(await exited, [0, null])
})

test('a worker that hangs is killed when its drain limit is over', async t => {
  const { child, line } = run({ drain: 50 })
  const [, port = ''] = await line(/^port (\d+)$/)
  const [stopped] = await pidsOf(port, 2)
  process.kill(Number(stopped), 'SIGSTOP')
  child.kill('SIGTERM')
  const exited = once(child, 'exit')
  t.is((await line(/^reported .*worker (\d+) did not end within its drain limit/))[1], stopped)
  await line(/^closed$/)
  t.deepEqual(await exited, [0, null])
})

test('workers that are started again listen on the port of before, even where none of before is left', async t => {
  const { child, line } = run()
  const [, port = ''] = await line(/^port (\d+)$/)
  const before = await pidsOf(port, 2)
  for (const pid of before) process.kill(Number(pid), 'SIGKILL')
  for (const pid of before) await gone(Number(pid))
  let found = await outcome(pidOf(port))
  for (let i = 0; i < 500 && found.error !== undefined; i++) {
    await new Promise(resolve => setTimeout(resolve, 20))
    found = await outcome(pidOf(port))
  }
  t.regex(String(found.value), /^\d+$/)
  t.false(before.has(String(found.value)))
  child.kill('SIGTERM')
  await line(/^closed$/)
})

test('a second server with workers is refused: workers could not tell which of them they are of', async t => {
  const { child, line } = run({ role: 'twice' })
  const [, port = ''] = await line(/^port (\d+)$/)
  t.truthy(await line(/^refused .*this program already has a server with workers; give that one more listeners/))
  t.is((await pidsOf(port, 1)).size, 1)
  child.kill('SIGTERM')
  await line(/^closed$/)
})

test('workers end when their supervisor is killed', async t => {
  const { child, line } = run()
  const [, port = ''] = await line(/^port (\d+)$/)
  const pids = await pidsOf(port, 2)
  t.is(pids.size, 2)
  child.kill('SIGKILL')
  for (const pid of pids) await gone(Number(pid))
})

test('numbers of workers that make no sense are refused', async t => {
  for (const workers of [0, 1.5, Number.NaN]) {
    t.regex(
      String((await outcome(serve([HelloService], { workers }))).error),
      /workers must be 'auto' or an integer of at least 1/,
    )
  }
  t.regex(String((await outcome(serve([HelloService], { workers: 1, port: false }))).error), /workers share a port/)
})
