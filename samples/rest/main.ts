// One class by REST: npm run sample:rest. It prints each request for curl, sends it with fetch and prints the response.
// It ends by itself; the exit code is 0 only if every response is as promised. With --serve it goes on until Ctrl-C, with the console.
import { connect, disconnect, serve } from 'polywire'
import { Checks } from '../hello/checks.js'
import { Photos } from './photos.js'
import { curlOf, type RestRequest, send } from './request.js'

const isServing = process.argv.includes('--serve')
const json = { 'content-type': 'application/json' }
const requests: readonly (RestRequest & { readonly title: string; readonly answer: RegExp })[] = [
  {
    title: 'Create. The path of what was created is in Location.',
    ...{ verb: 'POST', path: '/v1/photos', headers: json, json: { title: 'Teapot' } },
    answer: /^201 Created\n[\s\S]*location: \/v1\/photos\/1\n[\s\S]*"title":"Teapot"/,
  },
  { title: 'Read.', verb: 'GET', path: '/v1/photos/1', answer: /^200 OK\n[\s\S]*"id":"1"/ },
  {
    title: 'Read what does not exist: a problem of RFC 9457.',
    ...{ verb: 'GET', path: '/v1/photos/7' },
    answer: /^404 Not Found\ncontent-type: application\/problem\+json\n[\s\S]*"code":"not_found"/,
  },
  {
    title: 'A stream as JSON lines. What is not in the path is in the query.',
    ...{ verb: 'GET', path: '/v1/photos?title=Tea' },
    answer: /^200 OK\ncontent-type: application\/x-ndjson\n\n\{"id":"1","title":"Teapot"\}\n$/,
  },
  {
    title: 'The same as server-sent events.',
    ...{ verb: 'GET', path: '/v1/photos', headers: { accept: 'text/event-stream' } },
    answer: /^200 OK\ncontent-type: text\/event-stream\n\ndata: \{"id":"1","title":"Teapot"\}\n/,
  },
  {
    title: 'Upload a file.',
    ...{ verb: 'PUT', path: '/v1/photos/1/picture', headers: { 'content-type': 'image/png' }, file: 'picture.png' },
    answer: /^200 OK\n[\s\S]*"type":"image\/png"/,
  },
  {
    title: 'Download it.',
    ...{ verb: 'GET', path: '/v1/photos/1/picture' },
    answer: /^200 OK\ncontent-type: image\/png\n\n\d+ bytes$/,
  },
]

const began = performance.now()
const checks = new Checks()
const server = await serve([Photos], {
  host: '127.0.0.1',
  port: Number(process.env.PORT ?? (isServing ? 8080 : 0)),
  openapi: true,
  ...(isServing && { console: true, shutdownOn: ['SIGINT', 'SIGTERM'] }),
})
const base = `http://${server.address}`
for (const request of requests) {
  console.log(`\n${request.title}\n\n  ${curlOf(base, request)}\n`)
  const response = await shown(await send(base, request))
  console.log(response.trimEnd().replace(/^/gm, '    '), '\n')
  checks.expect(request.title, request.answer.test(response))
}

const photos = connect(Photos, `grpc://${server.address}`)
checks.expect(
  'The same method as an RPC, over gRPC on the same port.',
  (await photos.get({ id: 1n })).title === 'Teapot',
)
await disconnect(photos)
process.exitCode = checks.finish((performance.now() - began) / 1000)

if (isServing)
  console.log(
    `\nTry it: ${server.consoleUrl}#/try/photos.Photos/Create\nOpenAPI: ${base}/openapi.json\nCtrl-C ends it.`,
  )
else await server.close()

/** Status, the headers that a route decides, and body. */
async function shown(response: Response): Promise<string> {
  const { status, statusText, headers } = response
  const type = headers.get('content-type') ?? ''
  const location = headers.get('location')
  const body = type.startsWith('image/') ? `${(await response.arrayBuffer()).byteLength} bytes` : await response.text()
  return `${status} ${statusText}\ncontent-type: ${type}\n${location === null ? '' : `location: ${location}\n`}\n${body}`
}
