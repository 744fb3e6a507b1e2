import { once } from 'node:events'
import { type AddressInfo, createServer, Socket } from 'node:net'
import anyTest, { type ExecutionContext } from 'ava'
import { avroQuestion, firstYes, framedAvroQuestion } from '../../src/cli/probe.js'
import { deferred } from '../support/deferred.js'
import { begun } from './cli.js'

// `dialling` sees every socket that the process opens.
const test = anyTest.serial

const questions = [avroQuestion, framedAvroQuestion]
/** Milliseconds that no machine is too slow for. */
const patience = 100_000

/** How the server answers a question. */
type Answer = (socket: Socket) => void

/** A server that tells the two questions apart by their first byte that is not zero, and its address. */
async function answering(t: ExecutionContext, java: Answer, framed: Answer): Promise<string> {
  const server = createServer(socket => {
    t.teardown(() => socket.destroy())
    socket.on('error', () => {})
    socket.once('data', (bytes: Buffer) => (bytes[3] === 1 ? java : framed)(socket))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An answer with NONE. @param serial of Java's framing */
const inJavaFraming = (serial: number) => Buffer.from([0, 0, 0, serial, 0, 0, 0, 1, 0, 0, 0, 2, 4, 0])
const inFrames = Buffer.from([0, 0, 0, 2, 4, 0, 0, 0, 0, 0])

test('a server of Java that answers the framed question first, too, is found by its own framing', async t => {
  const { promise: isRead, resolve: read } = deferred<void>()
  const address = await answering(
    t,
    socket => void isRead.then(() => socket.write(inJavaFraming(1))),
    socket => {
      socket.write(inJavaFraming(36))
      socket.once('close', () => read())
    },
  )
  t.is(await firstYes(address, questions, patience), 0)
})

test('of a server that speaks both framings the first question is chosen, though its answer comes later', async t => {
  const { promise: isRead, resolve: read } = deferred<void>()
  const address = await answering(
    t,
    socket => void isRead.then(() => socket.write(inJavaFraming(1))),
    socket => {
      socket.write(inFrames)
      socket.once('close', () => read())
    },
  )
  t.is(await firstYes(address, questions, patience), 0)
})

test('a framed server is found whether it closes the connection of the first question or keeps silent', async t => {
  const frames: Answer = socket => void socket.write(inFrames)
  const closing = await answering(t, socket => socket.destroy(), frames)
  t.is(await firstYes(closing, questions, patience), 1)
  const silent = await answering(t, () => {}, frames)
  t.is(await firstYes(silent, questions, patience / 10), 1)
})

test('a server that answers no question is none of them, and one that is not there is unavailable', async t => {
  const closes: Answer = socket => socket.destroy()
  t.is(await firstYes(await answering(t, closes, closes), questions, patience), -1)
  await t.throwsAsync(firstYes('unix:/nowhere/polywire.sock', questions, patience), { message: /cannot be reached/ })
})

/** Runs `instead` in place of the `connect` of each socket. @param skip the number of sockets that connect first */
function dialling(t: ExecutionContext, instead: (socket: Socket) => void, skip = 0): void {
  const { connect } = Socket.prototype
  let seen = 0
  Socket.prototype.connect = function (this: Socket, ...given: Parameters<typeof connect>): Socket {
    if (seen++ < skip) return connect.apply(this, given)
    instead(this)
    return this
  } as typeof connect
  t.teardown(() => {
    Socket.prototype.connect = connect
  })
}

test('one failed dial of two leaves no socket open', async t => {
  const closed = deferred<void>()
  const address = await answering(
    t,
    socket => {
      socket.once('close', () => closed.resolve())
      socket.write(inJavaFraming(1))
    },
    () => {},
  )
  dialling(t, socket => void process.nextTick(() => socket.destroy(new Error('too many open files'))), 1)
  t.is(await firstYes(address, questions, patience), 0)
  await closed.promise
})

test('SIGTERM ends health --watch while its dial is not answered', async t => {
  const dialled = deferred<Socket>()
  dialling(t, dialled.resolve)
  const watch = begun(['health', 'grpc://127.0.0.1:1', '--watch'])
  const socket = await dialled.promise
  watch.interrupt('SIGTERM')
  t.true(socket.destroyed)
  t.deepEqual(await watch.ended, { code: 143, out: '', err: '' })
})
