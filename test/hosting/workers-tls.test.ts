import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { authority } from '../fixtures/certificates.js'
import { FakeEtcd } from '../support/fake-etcd.js'

const program = fileURLToPath(new URL('../fixtures/programs/secure-workers.js', import.meta.url))

async function secure(port: string): Promise<TLSSocket> {
  const socket = connectTls({ port: Number(port), host: '127.0.0.1', ca: authority })
  await once(socket, 'secureConnect')
  return socket
}

function ask(socket: TLSSocket, method: string): void {
  const fields = 'host: a\r\ncontent-type: application/json\r\ncontent-length: 2'
  socket.write(`POST /test.Who/${method} HTTP/1.1\r\n${fields}\r\n\r\n{}`)
}

/** Which worker a connection is of. */
async function workerAt(socket: TLSSocket): Promise<string> {
  ask(socket, 'Pid')
  let reply = ''
  for (;;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    reply += chunk.toString()
    const [, pid] = /"(\d+)"\}$/.exec(reply) ?? []
    if (pid !== undefined) return pid
  }
}

/** The workers that showed a certificate of this name, asked until there were so many of them. */
async function workersThatShow(port: string, name: string, count: number): Promise<Set<string>> {
  const workers = new Set<string>()
  for (let i = 0; i < 1000 && workers.size < count; i++) {
    const socket = await secure(port)
    if (socket.getPeerCertificate().subject.CN === name) workers.add(await workerAt(socket))
    socket.destroy()
  }
  return workers
}

async function renews(t: ExecutionContext, ...registry: string[]): Promise<void> {
  const child = spawn(process.execPath, [program, ...registry], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async (form: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error(`the program ended before it printed ${form}`)
      const match = form.exec(value)
      if (match !== null) return match
    }
  }
  const [, port = ''] = await line(/^port (\d+)$/)
  const before = await workersThatShow(port, 'localhost', 2)
  t.is(before.size, 2)
  const held = await secure(port)
  const worker = await workerAt(held)

  child.kill('SIGHUP')
  t.truthy(await line(/^refused .*key, cert or ca cannot be used/), 'what cannot be used reaches no worker')
  await line(/^renewed$/)
  const after = await workersThatShow(port, 'renewed', 2)
  t.deepEqual([...after].sort(), [...before].sort(), 'the same processes')
  t.is(await workerAt(held), worker, 'a connection of before goes on')

  held.on('error', () => {})
  const ended = once(held, 'close')
  ask(held, 'Crash')
  await ended
  t.truthy(await line(/^reported .*worker \d+ ended/))
  let later = new Set<string>()
  for (let i = 0; i < 500 && later.size < 2; i++) {
    await new Promise(resolve => setTimeout(resolve, 20))
    later = new Set([...later, ...(await workersThatShow(port, 'renewed', 1))])
  }
  later.delete(worker)
  t.is(later.size, 2, 'the one that was left, and the new one')
  child.kill('SIGTERM')
  await line(/^closed$/)
}

test('setTls reaches every worker without a restart, and those that are started later', t => renews(t))

test('setTls of a server that is registered does the same', async t => {
  await using etcd = await FakeEtcd.start()
  await renews(t, `etcd://${etcd.address}`)
  t.true(etcd.calls.includes('revoke'))
})
