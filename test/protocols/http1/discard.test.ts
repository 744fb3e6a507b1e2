import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import type { Expirable, Timer } from '../../../src/core/clock.js'
import { defaultLimits } from '../../../src/core/limits.js'
import { discard, limitRest, restTimeout } from '../../../src/protocols/http1/server/discard.js'
import type { ServerSettings } from '../../../src/protocols/protocol.js'
import { VirtualClock } from '../../../src/testing/index.js'
import { gone, openSocket } from '../../support/raw-clients.js'

/** Tells when a timer is set. */
class WatchedClock extends VirtualClock {
  scheduled: () => void = () => {}

  override schedule(delay: number, target: Expirable): Timer {
    const timer = super.schedule(delay, target)
    this.scheduled()
    return timer
  }
}

interface Answered {
  readonly clock: WatchedClock
  readonly client: Socket
  /** Sends bytes of the body, and resolves when the server has read them. */
  send(length: number): Promise<void>
}

const messageBytes = 1000
type Rest = (request: IncomingMessage, settings: ServerSettings) => void

/** A server that has answered a request early, and waits for its rest. */
async function answered(t: ExecutionContext, head: string, rest: Rest = limitRest): Promise<Answered> {
  const clock = new WatchedClock()
  const settings = { clock, limits: { ...defaultLimits, messageBytes } } as unknown as ServerSettings
  let request: IncomingMessage | undefined
  const server = createServer((incoming, response) => {
    request = incoming
    response.once('close', () => rest(incoming, settings))
    response.end('early')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const client = await openSocket((server.address() as AddressInfo).port)
  t.teardown(() => client.destroy())
  const waits = new Promise<void>(resolve => {
    clock.scheduled = resolve
  })
  client.write(`POST / HTTP/1.1\r\nhost: x\r\n${head}\r\n\r\n`)
  await waits
  return {
    clock,
    client,
    async send(length) {
      const body = 'x'.repeat(length)
      client.write(head.startsWith('transfer') ? `${length.toString(16)}\r\n${body}\r\n` : body)
      // Node drops what arrives, and tells nobody.
      while ((request?.socket.bytesRead ?? 0) < client.bytesWritten) await turn()
    },
  }
}

const chunked = 'transfer-encoding: chunked'

for (const head of [chunked, `content-length: ${messageBytes + 1}`]) {
  test(`a slow peer keeps its connection while bytes arrive, until the body timeout: ${head}`, async t => {
    const { clock, client, send } = await answered(t, head)
    const { bodyTimeout } = defaultLimits
    for (let at = restTimeout; at < bodyTimeout; at += restTimeout) {
      await clock.advance(restTimeout - 1)
      await send(1)
      await clock.advance(1)
      t.false(client.closed, `${at} ms`)
    }
    await send(1)
    const ended = gone(client)
    await clock.advance(restTimeout)
    await ended
    t.is(clock.size, 0)
  })

  test(`a peer that stops sending loses its connection: ${head}`, async t => {
    const { clock, client } = await answered(t, head)
    const ended = gone(client)
    await clock.advance(restTimeout)
    await ended
    t.is(clock.now(), restTimeout)
  })
}

test('a peer that sends more than a message may have loses its connection within a second', async t => {
  const { clock, client, send } = await answered(t, chunked)
  const ended = gone(client)
  await send(messageBytes)
  await clock.advance(1000)
  await ended
  t.is(clock.size, 0)
})

test('the rest of a body that may be read whole has the body timeout, pauses and all', async t => {
  const { clock, client, send } = await answered(t, `content-length: ${messageBytes}`)
  await clock.advance(defaultLimits.bodyTimeout - 1)
  t.false(client.closed)
  await send(messageBytes)
  client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  await once(client, 'data')
  t.is(clock.size, 0)
})

test('a request that comes too late is dropped for as long as its peer may need to read the answer', async t => {
  const late: Rest = (request, settings) => discard(request, settings, { within: restTimeout })
  const { clock, client, send } = await answered(t, chunked, late)
  await clock.advance(restTimeout - 1)
  await send(1)
  const ended = gone(client)
  await clock.advance(1)
  await ended
  t.is(clock.now(), restTimeout)
})
