// Small requests that are large when decompressed, in each form that browsers and their proxies send.
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { fetchHandler } from '../../../src/fetch/index.js'
import { bytes, Field, Http, Message, Method, Service, serve } from '../../../src/index.js'

@Message('bombs.Load')
class Load {
  @Field(1, bytes) data = new Uint8Array(0)
}

@Service('bombs.Taker')
class Taker {
  calls = 0

  @Http('POST /v1/loads', { body: '*' })
  @Method({ accepts: Load, returns: Load })
  async take(load: Load): Promise<Load> {
    this.calls++
    return load
  }
}

const zeros = gzipSync(Buffer.alloc(64 << 20, ' '))

function frame(flags: number, data: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt8(flags)
  prefix.writeUInt32BE(data.length, 1)
  return Buffer.concat([prefix, data])
}

interface Form {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: (data: Uint8Array) => Uint8Array
  /** What shows that it was refused for its size. */
  readonly refused: RegExp
}

const rpc = '/bombs.Taker/Take'
const forms: Readonly<Record<string, Form>> = {
  'a unary call': {
    path: rpc,
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: data => data,
    refused: /"resource_exhausted"/,
  },
  'a route': {
    path: '/v1/loads',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: data => data,
    refused: /"status":429/,
  },
  'gRPC-Web': {
    path: rpc,
    headers: { 'content-type': 'application/grpc-web+proto', 'grpc-encoding': 'gzip' },
    body: data => frame(1, data),
    refused: /grpc-status: 8/,
  },
  'gRPC-Web as text': {
    path: rpc,
    headers: { 'content-type': 'application/grpc-web-text+proto', 'grpc-encoding': 'gzip' },
    body: data => Buffer.from(frame(1, data).toString('base64')),
    refused: /grpc-status: 8/,
  },
}

type Send = (path: string, init: RequestInit) => Promise<Response>

interface Outcome {
  readonly bomb: string
  /** What a small one after it gets. */
  readonly next: string
}

async function outcomeOf(send: Send, { path, headers, body }: Form): Promise<Outcome> {
  const type = headers['content-type'] ?? ''
  const post = async (data: Uint8Array) => {
    const response = await send(path, { method: 'POST', headers, body: body(data) as Uint8Array<ArrayBuffer> })
    const text = await response.text()
    return type.includes('-text') ? Buffer.from(text, 'base64').toString('latin1') : text
  }
  return { bomb: await post(zeros), next: await post(gzipSync(type.includes('proto') ? '' : '{}')) }
}

for (const [name, form] of Object.entries(forms)) {
  test(`${name} that is a bomb is refused by serve`, async t => {
    const service = new Taker()
    const server = await serve([service], { host: '127.0.0.1', report: () => {} })
    t.teardown(() => server.close())
    const { bomb, next } = await outcomeOf((path, init) => fetch(`http://${server.address}${path}`, init), form)
    t.regex(bomb, form.refused)
    t.notRegex(next, form.refused)
    t.is(service.calls, 1)
  })

  test(`${name} that is a bomb is refused by a fetch handler`, async t => {
    const service = new Taker()
    const handler = fetchHandler([service], { report: () => {} })
    const { bomb, next } = await outcomeOf(
      (path, init) => handler(new Request(`http://worker.test${path}`, init)),
      form,
    )
    t.regex(bomb, form.refused)
    t.notRegex(next, form.refused)
    t.is(service.calls, 1)
  })
}
