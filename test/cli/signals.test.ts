import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { serve } from '../../src/index.js'
import { HelloService } from '../fixtures/hello.js'
import { deferred } from '../support/deferred.js'
import { root, started } from './cli.js'

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
