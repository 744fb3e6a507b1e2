import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import test from 'ava'
import { discard } from '../../../src/protocols/http1/server/discard.js'
import type { ServerSettings } from '../../../src/protocols/protocol.js'
import { VirtualClock } from '../../../src/testing/index.js'

function requestOf(clock: VirtualClock, within?: number) {
  const request = new Readable({ read() {} })
  const settings = { clock, limits: { messageBytes: 1000, bodyTimeout: 30_000 } } as unknown as ServerSettings
  discard(request as IncomingMessage, settings, within === undefined ? {} : { within })
  return request
}

test('a request that sends too much is read no further, and its connection has a second for the answer', async t => {
  const clock = new VirtualClock()
  const request = requestOf(clock)
  request.push(Buffer.alloc(1000))
  await setImmediate()
  t.false(request.isPaused())
  request.push(Buffer.alloc(1))
  await setImmediate()
  t.true(request.isPaused())
  await clock.advance(999)
  t.false(request.destroyed)
  await clock.advance(1 + 4)
  t.true(request.destroyed)
})

test('the second for the answer is no longer than the time of the whole request', async t => {
  const clock = new VirtualClock()
  const request = requestOf(clock, 100)
  request.push(Buffer.alloc(2000))
  await setImmediate()
  await clock.advance(104)
  t.true(request.destroyed)
})

test('a request that sends too little and never ends loses its connection after its time', async t => {
  const clock = new VirtualClock()
  const request = requestOf(clock)
  request.push(Buffer.alloc(10))
  await clock.advance(29_990)
  t.false(request.destroyed)
  await clock.advance(14)
  t.true(request.destroyed)
})
