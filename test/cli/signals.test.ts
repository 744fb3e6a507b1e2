import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { serve } from '../../src/index.js'
import { HelloService } from '../fixtures/hello.js'
import { deferred } from '../support/deferred.js'
import { begun, root, started } from './cli.js'
import { folder } from './folder.js'

/** A server, and two promises: of the first `watch`, and of its end. */
async function watched(t: ExecutionContext) {
  const [begun, stopped] = [deferred<void>(), deferred<void>()]
  const service = new (class extends HelloService {
    override watch(upTo: number, ...call: []) {
      begun.resolve()
      return super.watch(upTo, ...call)
    }
  })()
  service.onStop = () => stopped.resolve()
  const server = await serve([service], { port: 0, host: '127.0.0.1' })
  t.teardown(() => server.close())
  const line = ['call', `grpc://127.0.0.1:${server.port}`, 'Watch', '-c', `${root}/build/test/fixtures/hello.js`]
  return { begun: begun.promise, stopped: stopped.promise, line }
}

test('Ctrl-C cancels the call on the server', async t => {
  const { begun, stopped, line } = await watched(t)
  const { child, ended } = started(root, [...line, 'upTo=-1'])
  t.teardown(() => child.kill('SIGKILL'))
  await begun
  child.kill('SIGINT')
  const { code, out, err } = await ended
  t.deepEqual({ code, out }, { code: 130, out: '' })
  t.regex(err, /^canceled by you after 0 messages in \d/)
  await stopped
  t.pass('the server saw it')
})

test('a reader that closes the pipe ends the command without an error', async t => {
  const { stopped, line } = await watched(t)
  const { child, ended } = started(root, [...line, 'upTo=1000000000'])
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  child.stdout.destroy()
  const { code, err } = await ended
  t.deepEqual({ code, err }, { code: 0, err: '' })
  await stopped
  t.pass('the server saw it')
})

for (const line of [['ls'], ['describe'], ['health'], ['call', 'SayHello'], ['bench', 'SayHello']])
  test(`Ctrl-C ends ${line[0]} while its target does not answer`, async t => {
    const silent = createServer(socket => t.teardown(() => socket.destroy()))
    await once(silent.listen(0, '127.0.0.1'), 'listening')
    t.teardown(() => silent.close())
    const target = `grpc://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const [command = '', ...rest] = line
    const { child, ended } = started(root, [command, target, ...rest, '--connect-timeout', '100s', '--timeout', '100s'])
    t.teardown(() => child.kill('SIGKILL'))
    await once(silent, 'connection')
    child.kill('SIGINT')
    t.deepEqual(await ended, { code: 130, out: '', err: '' })
  })

const hello = `${root}/build/test/fixtures/hello.js`

/** Ends a command with SIGTERM once it has printed something. */
async function terminated(
  t: ExecutionContext,
  line: readonly string[],
  { stdin, until }: { stdin?: string; until: RegExp },
) {
  const { child, ended, printed } = started(root, line, 'pipe')
  t.teardown(() => child.kill('SIGKILL'))
  // It stays open.
  child.stdin?.write(stdin ?? '')
  await printed(until)
  child.kill('SIGTERM')
  return ended
}

test('SIGTERM ends a command that runs on with 143, after its last lines', async t => {
  const server = await serve([HelloService], { port: 0, host: '127.0.0.1', health: true, report: () => {} })
  t.teardown(() => server.close())
  const at = `127.0.0.1:${server.port}`
  const chat = ['call', `grpc://${at}`, 'Chat', '-', '-c', hello, '--json']
  const call = await terminated(t, chat, { stdin: '{"n":1}\n', until: /"n":2/ })
  t.is(call.code, 143)
  t.regex(call.out, /"message":\{"n":2\}.*\n.*"type":"end","code":"canceled".*\n$/)
  t.regex(call.err, /^canceled by SIGTERM after 1 message in \d/)
  const tap = await terminated(t, ['tap', '127.0.0.1:0', at], { until: /Ctrl-C ends it\n/ })
  t.deepEqual([tap.code, tap.out], [143, ''])
  t.true(tap.err.endsWith('; Ctrl-C ends it\n0 calls, 0 failed, 0 connections\n'), tap.err)
  const health = await terminated(t, ['health', `grpc://${at}`, '--watch'], { until: /SERVING/ })
  t.deepEqual(health, { code: 143, out: `SERVING\tgrpc://${at}\t\n`, err: '' })
})

test('SIGTERM ends bench with 143, after its report', async t => {
  const called = deferred<void>()
  const service = new (class extends HelloService {
    override ping() {
      called.resolve()
      return super.ping()
    }
  })()
  const server = await serve([service], { port: 0, host: '127.0.0.1', report: () => {} })
  t.teardown(() => server.close())
  const load = ['--rate', '10', '--duration', '1000s', '--warmup', '0ms']
  const { child, ended } = started(root, ['bench', `grpc://127.0.0.1:${server.port}`, 'Ping', '-c', hello, ...load])
  t.teardown(() => child.kill('SIGKILL'))
  await called.promise
  child.kill('SIGTERM')
  const { code, out, err } = await ended
  t.is(code, 143)
  t.regex(err, /^canceled by SIGTERM after [\d.]+ s; the report is of these\n$/)
  t.regex(out, /hello\.Hello\/Ping at grpc:.*\nopen loop, 10 calls\/s for 1000 s, .*\n {2}due +\d+\n {2}sent +\d+/)
})

test('SIGTERM ends check while its target does not answer', async t => {
  const silent = createServer(socket => t.teardown(() => socket.destroy()))
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => silent.close())
  const target = `grpc://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const { child, ended } = started(root, ['check', hello, '--against', target, '--connect-timeout', '100s'])
  t.teardown(() => child.kill('SIGKILL'))
  await once(silent, 'connection')
  child.kill('SIGTERM')
  t.deepEqual(await ended, { code: 143, out: '', err: '' })
})

test('the first signal after a command has ended ends the process', async t => {
  const server = await serve([HelloService], { port: 0, host: '127.0.0.1', report: () => {} })
  t.teardown(() => server.close())
  const patience = ['--connect-timeout', '100s', '--timeout', '100s']
  const call = begun(['call', `grpc://127.0.0.1:${server.port}`, 'Ping', '-c', hello, ...patience])
  t.is((await call.ended).code, 0)
  t.deepEqual(call.exited, [])
  call.interrupt('SIGTERM')
  t.deepEqual(call.exited, [143])
})

test('one SIGTERM ends a command whose contract holds a timer', async t => {
  const contract = join(await folder(t), 'contract.mjs')
  await writeFile(contract, `export * from ${JSON.stringify(pathToFileURL(hello))}\nsetInterval(() => {}, 1000)\n`)
  const { code, err } = await terminated(t, ['tap', '127.0.0.1:0', '127.0.0.1:1', '-c', contract], {
    until: /ends it\n/,
  })
  t.is(code, 143)
  t.true(err.includes('\n0 calls, 0 failed, 0 connections\n'), err)
})
