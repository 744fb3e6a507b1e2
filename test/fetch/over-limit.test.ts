import { setImmediate } from 'node:timers/promises'
import test from 'ava'
import { fetchHandler } from '../../src/fetch/index.js'
import { Sightings, StreamsService, Workshop } from '../matrix/contract.js'

const handler = fetchHandler([new StreamsService(new Workshop(new Sightings()))], {
  limits: { messageBytes: 1000 },
  report: () => {},
})

/** More than the limit: as JSON a line without an end, in Connect the prefix of 1,500 bytes and as many. */
const line = new Uint8Array(1500).fill(0x20)
const envelope = new Uint8Array([0, 0, 0, 1500 >> 8, 1500 & 0xff, ...line])

/** Sends a body, and then is silent until it is ended. */
function endlessUpload(path: string, contentType: string, over: Uint8Array) {
  let end = () => {}
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(over)
      end = () => controller.close()
    },
  })
  const init = { method: 'POST', body, duplex: 'half' as const, headers: { 'content-type': contentType } }
  return { request: new Request(`http://worker.test${path}`, init), end: () => end() }
}

const uploads: Record<string, Parameters<typeof endlessUpload>> = {
  'a REST upload': ['/matrix/requests', 'application/x-ndjson', line],
  'a REST call of both streams': ['/matrix/both', 'application/x-ndjson', line],
  'a stream of Connect': ['/matrix.Streams/ClientStreaming', 'application/connect+json', envelope],
}

for (const [name, upload] of Object.entries(uploads))
  test(`${name} over its limit has its answer at once, and the answer does not look whole before the upload ends`, async t => {
    const { request, end } = endlessUpload(...upload)
    const response = await handler(request)
    t.false(response.headers.has('content-length'))
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    const first = await reader.read()
    t.regex(new TextDecoder().decode(first.value), /resource_exhausted/)
    let isWhole = false
    const rest = reader.read().then(({ done }) => {
      isWhole = done
    })
    await setImmediate()
    t.false(isWhole)
    end()
    await rest
    t.true(isWhole)
  })
