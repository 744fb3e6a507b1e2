import test from 'ava'
import { fetchHandler } from '../../src/fetch/index.js'
import { Code } from '../../src/index.js'
import { Sightings, StreamsService, UnaryService, Workshop } from '../matrix/contract.js'

const sightings = new Sightings()
const workshop = new Workshop(sightings)
const handler = fetchHandler([new UnaryService(workshop), new StreamsService(workshop)], { report: () => {} })

/** A caller whose body never ends. */
function hanging(key: string) {
  const message = new TextEncoder().encode(JSON.stringify({ deed: 'hang', key }))
  const frame = new Uint8Array([0, 0, 0, 0, message.length, ...message])
  const leave = new AbortController()
  let fail: (error: Error) => void = () => {}
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(frame)
      fail = error => controller.error(error)
    },
  })
  const init = {
    method: 'POST',
    body,
    duplex: 'half' as const,
    headers: { 'content-type': 'application/connect+json' },
  }
  const request = new Request('http://worker.test/matrix.Streams/ClientStreaming', { ...init, signal: leave.signal })
  return { request, fail, leave: () => leave.abort() }
}

test('a caller who leaves within the body cancels the call, if only the body breaks off', async t => {
  const { request, fail } = hanging('broken')
  const reply = handler(request)
  await sightings.arrival('broken')
  fail(new Error('the connection is gone'))
  t.is(await sightings.cancellation('broken'), Code.canceled)
  t.is((await reply).status, 499)
})

test('a caller who leaves cancels the call, if the signal of the request says so', async t => {
  const { request, leave } = hanging('aborted')
  const reply = handler(request)
  await sightings.arrival('aborted')
  leave()
  t.is(await sightings.cancellation('aborted'), Code.canceled)
  t.is((await reply).status, 499)
})
