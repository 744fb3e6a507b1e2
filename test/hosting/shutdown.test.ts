import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { connect, disconnect, RpcError, serve } from '../../src/index.js'
import { HelloService } from '../fixtures/hello.js'
import { SlowClient } from '../fixtures/slow.js'
import { outcome } from '../support/calls.js'

const program = fileURLToPath(new URL('../fixtures/programs/shutdown.js', import.meta.url))

/** Runs the program; `line` resolves with the next line that fits. */
function run(t: ExecutionContext, ...args: string[]) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  t.teardown(() => killGroup(child))
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async (form: RegExp): Promise<string> => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error(`the program ended before it printed ${form}`)
      const match = form.exec(value)
      if (match !== null) return match[1] ?? ''
    }
  }
  return { child, line, exited }
}

function killGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-(pid as number), 'SIGKILL')
  } catch {
    // It has ended.
  }
}

function client(port: string) {
  return connect(SlowClient, `grpc://127.0.0.1:${port}`)
}

test('a signal drains the server: a call in flight ends, and then the process, without a listener left', async t => {
  const { child, line, exited } = run(t)
  const slow = client(await line(/^port (\d+)$/))
  const call = outcome(slow.finish())
  await line(/^finishing$/)
  child.kill('SIGTERM')
  t.is((await call).error, undefined)
  await disconnect(slow)
  t.is(await line(/^(exit.*)$/), 'exit 0, 0 listeners')
  t.deepEqual(await exited, [0, null])
})

test('a second signal ends the process at once', async t => {
  const { child, line, exited } = run(t)
  const slow = client(await line(/^port (\d+)$/))
  const call = outcome(slow.hang())
  await line(/^hanging$/)
  child.kill('SIGINT')
  await line(/^signal$/)
  child.kill('SIGINT')
  t.deepEqual(await exited, [130, null])
  t.truthy((await call).error)
  await disconnect(slow)
})

test('a supervisor drains its workers at a signal, and a second one kills them', async t => {
  for (const [signals, code] of [
    [['SIGTERM'], 0],
    [['SIGTERM', 'SIGTERM'], 143],
  ] as const) {
    const { child, line, exited } = run(t, '1')
    const slow = client(await line(/^port (\d+)$/))
    const call = outcome(signals.length === 1 ? slow.ping() : slow.hang())
    if (signals.length > 1) await line(/^hanging$/)
    else await call
    child.kill('SIGTERM')
    if (signals.length > 1) {
      await line(/^signal$/)
      child.kill('SIGTERM')
    }
    await disconnect(slow)
    t.deepEqual(await exited, [code, null])
    await call
  }
})

test.serial('close leaves no listener behind, and a wrong signal is refused', async t => {
  const listeners = () => process.listenerCount('SIGTERM') + process.listenerCount('SIGINT')
  const before = listeners()
  const server = await serve([HelloService], { host: '127.0.0.1', shutdownOn: ['SIGTERM', 'SIGINT'] })
  t.is(listeners(), before + 2)
  await server.close()
  t.is(listeners(), before)
  for (const signal of ['SIGKILL', 'TERM'] as never[]) {
    const error = await t.throwsAsync(serve([HelloService], { port: false, shutdownOn: [signal] }))
    t.true(error instanceof RpcError)
    t.regex(String(error), new RegExp(`shutdownOn cannot have "${signal}"; write signals such as 'SIGTERM'`))
  }
  t.is(listeners(), before)
})
