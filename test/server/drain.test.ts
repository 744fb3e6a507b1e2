import { type AddressInfo, createServer, connect as dial } from 'node:net'
import { Worker } from 'node:worker_threads'
import test from 'ava'
import {
  Code,
  connect,
  currentCall,
  disconnect,
  Method,
  nothing,
  Safe,
  type Server,
  Service,
  serve,
  string,
} from '../../src/index.js'
import { deferred } from '../support/deferred.js'

@Service('drain.Test')
class Pings {
  @Method(string) @Safe() async ping(): Promise<string> {
    return 'pong'
  }
}

/** Opens connections from a thread of its own, sends a call on each, says so, and tells in the end what came back. */
const clients = `
  const { connect } = require('node:net')
  const { parentPort, workerData: { port, count, sent } } = require('node:worker_threads')
  const request = 'POST /drain.Test/Ping HTTP/1.1\\r\\nhost: x\\r\\ncontent-type: application/json\\r\\ncontent-length: 2\\r\\n\\r\\n{}'
  const replies = Array.from({ length: count }, () => new Promise(resolve => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(request, () => {
      Atomics.add(sent, 0, 1)
      Atomics.notify(sent, 0)
    }))
    socket.on('data', chunk => { text += chunk })
    socket.on('error', error => resolve(error.message))
    socket.on('close', () => resolve(text))
  }))
  Promise.all(replies).then(all => parentPort.postMessage(all))
`

test('connections that wait to be accepted when a server closes are answered, not reset', async t => {
  const server = await serve([Pings], { host: '127.0.0.1', report: () => {} })
  const count = 20
  const sent = new Int32Array(new SharedArrayBuffer(4))
  const thread = new Worker(clients, { eval: true, workerData: { port: server.port, count, sent } })
  const replies = new Promise<string[]>((resolve, reject) => {
    thread.once('message', resolve)
    thread.once('error', reject)
  })
  // The loop stands still meanwhile, so the connections stay in the system's queue.
  for (let had = 0; had < count; had = Atomics.load(sent, 0)) {
    if (Atomics.wait(sent, 0, had, 10_000) === 'timed-out') break
  }
  t.is(Atomics.load(sent, 0), count)
  await server.close()
  for (const reply of await replies) t.regex(reply, /^HTTP\/1.1 503 .*polywire-refused: 1/s)
})

@Service('drain.Notes')
class Notes {
  begun = deferred<void>()
  end = deferred<void>()
  left = deferred<void>()
  ended = false
  canceled: unknown

  @Method({ returns: nothing, oneway: true }) async note(): Promise<void> {
    const call = currentCall()
    this.begun.resolve()
    await this.end.promise
    this.canceled = call.canceled
    this.ended = true
    this.left.resolve()
  }
}

const onewayTargets = ['thrift?transport=http', 'avro?transport=http', 'thrift', 'avro']

function targetOf(target: string, { address }: Server): string {
  const [scheme, query = ''] = target.split('?')
  return `${scheme}://${address}?${query}`
}

for (const target of onewayTargets) {
  test(`a server that closes waits for one-way calls: ${target}`, async t => {
    const service = new Notes()
    const server = await serve([service], { host: '127.0.0.1', report: () => {} })
    const notes = connect(Notes, targetOf(target, server))
    await notes.note()
    await service.begun.promise
    await disconnect(notes)
    const closed = server.close().then(() => t.true(service.ended))
    // Without a connection, nothing but the call is left to wait for.
    await new Promise(resolve => setTimeout(resolve, 50))
    service.end.resolve()
    await closed
  })
}

for (const target of ['thrift', 'avro']) {
  test(`a one-way call is not cancelled by a client that leaves: ${target}`, async t => {
    const service = new Notes()
    const server = await serve([service], { host: '127.0.0.1', report: () => {} })
    const { hostname, port } = new URL(`tcp://${server.address}`)
    const relay = createServer(from => {
      const to = dial(Number(port), hostname)
      from.pipe(to).pipe(from)
      service.begun.promise.then(() => {
        to.resetAndDestroy()
        from.destroy()
      })
    })
    await new Promise<void>(resolve => relay.listen(0, '127.0.0.1', resolve))
    const notes = connect(Notes, `${target}://127.0.0.1:${(relay.address() as AddressInfo).port}`)
    await notes.note()
    await service.begun.promise
    await new Promise(resolve => relay.close(resolve))
    const closed = server.close().then(() => t.true(service.ended))
    await new Promise(resolve => setTimeout(resolve, 250))
    service.end.resolve()
    await closed
    t.is(service.canceled, undefined)
    await disconnect(notes)
  })
}

for (const target of onewayTargets) {
  for (const leaves of [true, false]) {
    test(`one-way calls that outlive drainTimeout are cancelled: ${target}, client ${leaves ? 'gone' : 'there'}`, async t => {
      const service = new Notes()
      const server = await serve([service], { host: '127.0.0.1', report: () => {}, limits: { drainTimeout: 50 } })
      const notes = connect(Notes, targetOf(target, server))
      t.teardown(() => disconnect(notes))
      await notes.note()
      await service.begun.promise
      if (leaves) await disconnect(notes)
      await server.close()
      t.false(service.ended)
      service.end.resolve()
      await service.left.promise
      t.like(service.canceled, { code: Code.unavailable, reason: 'draining' })
    })
  }
}

test('clients that come again as soon as they are refused do not hold up a server whose time to close is over', async t => {
  const server = await serve([Pings], { host: '127.0.0.1', report: () => {}, limits: { drainTimeout: 50 } })
  let isOver = false
  const come = (): void => {
    const socket = dial(server.port, '127.0.0.1', () => socket.destroy())
    socket
      .on('error', () => {})
      .once('close', () => {
        if (!isOver) setImmediate(come)
      })
  }
  for (let n = 0; n < 20; n++) come()
  // A busy process: each turn of its loop takes a while.
  const work = (): void => {
    for (const until = performance.now() + 10; performance.now() < until; );
    if (!isOver) setImmediate(work)
  }
  work()
  await new Promise(resolve => setTimeout(resolve, 50))
  const began = performance.now()
  await server.close()
  const took = performance.now() - began
  isOver = true
  // As many turns as the system's queue is long take five seconds.
  t.true(took < 3000, `${took} ms`)
})
