import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import test from 'ava'
import { FirstBytes } from '../../src/server/first-bytes.js'

/** A server with one candidate, which never reads, and connects to it. */
async function withOneCandidate(limit: number) {
  const first = new FirstBytes(limit)
  const server = createServer(socket => {
    socket.on('error', () => {})
    first.decide(socket, [{ detect: () => true, accept: socket => void socket.resume() }])
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const open = async (): Promise<{ ours: Socket; theirs: Socket; closed: Promise<unknown> }> => {
    const accepted = once(server, 'connection') as Promise<[Socket]>
    const ours = connect((server.address() as AddressInfo).port, '127.0.0.1')
    ours.on('error', () => {})
    const [theirs] = await accepted
    return { ours, theirs, closed: once(theirs, 'close') }
  }
  return { open, close: () => server.close() }
}

test('every connection that stays silent is closed, each after its own time', async t => {
  const { open, close } = await withOneCandidate(150)
  const lasted: Promise<number>[] = []
  for (let i = 0; i < 4; i++) {
    const began = performance.now()
    lasted.push((await open()).closed.then(() => performance.now() - began))
  }
  for (const time of await Promise.all(lasted)) t.true(time >= 148, `closed after ${time} ms`)
  // After all are gone, the next one is watched too.
  await (await open()).closed
  close()
})

test('a connection that sent a byte stays, and one that goes by itself does not hold up the others', async t => {
  const { open, close } = await withOneCandidate(100)
  const talks = await open()
  const arrived = once(talks.theirs, 'data')
  talks.ours.write('x')
  await arrived
  const leaves = await open()
  leaves.ours.destroy()
  await leaves.closed
  const silent = await open()
  await silent.closed
  t.false(talks.theirs.destroyed)
  talks.ours.destroy()
  await talks.closed
  close()
})
