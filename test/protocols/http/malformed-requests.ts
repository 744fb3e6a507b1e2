import { gzipSync } from 'node:zlib'
import test from 'ava'
import { acceptedEncodings } from '../../../src/protocols/http/compression.js'
import { type LoopbackOptions, type Post, post, say, serveHello } from './loopback.js'

/** Each of these is refused as it says, and the next call on the same server works. */
function refuses(
  title: string,
  request: Post,
  expected: { status: number; code?: string; message?: RegExp; header?: [string, string] },
  options: LoopbackOptions = {},
) {
  test(title, async t => {
    const server = await serveHello(t, options)
    const reply = await post(server, request)
    t.is(reply.status, expected.status)
    t.is(reply.json?.code, expected.code)
    if (expected.message !== undefined) t.regex(reply.json?.message ?? reply.text, expected.message)
    if (expected.header !== undefined) t.is(reply.headers.get(expected.header[0]), expected.header[1])
    t.is(server.service.calls, 0)
    t.deepEqual((await post(server, { body: '{"name":"again"}' })).json, { message: 'Hello, again!' })
  })
}

const envelope = (flags: number, json: string) =>
  Buffer.concat([Buffer.from([flags, 0, 0, 0, json.length]), Buffer.from(json)])

/** The refusal of a stream is its last envelope. */
function refusesStream(
  title: string,
  request: { headers?: Record<string, string>; body: Uint8Array },
  expected: { code: string; message: RegExp; header?: [string, string] },
) {
  test(`stream: ${title}`, async t => {
    const server = await serveHello(t)
    const response = await fetch(`${server.origin}/hello.Hello/Watch`, {
      method: 'POST',
      headers: { 'content-type': 'application/connect+json', ...request.headers },
      body: Buffer.from(request.body),
    })
    const reply = Buffer.from(await response.arrayBuffer())
    t.is(response.status, 200)
    t.is(reply[0], 2)
    const { error } = JSON.parse(reply.subarray(5).toString())
    t.is(error.code, expected.code)
    t.regex(error.message, expected.message)
    if (expected.header !== undefined) t.is(response.headers.get(expected.header[0]), expected.header[1])
    t.is(server.service.calls, 0)
  })
}

const upTo3 = envelope(0, '{"upTo":3}')

/** Requests that are refused by themselves, one test each. */
export function malformedRequests(): void {
  refuses('malformed JSON', { body: '{"name":' }, { status: 400, code: 'invalid_argument' })
  refuses(
    'a wrong type names the field',
    { body: '{"name":7}' },
    { status: 400, code: 'invalid_argument', message: /name/ },
  )
  refuses('a body that is no message', { body: '[]' }, { status: 400, code: 'invalid_argument' })
  refuses('an empty body', { body: '' }, { status: 400, code: 'invalid_argument' })
  refuses(
    'nesting of 10,000',
    { body: `${'{"parent":'.repeat(10_000)}{}${'}'.repeat(10_000)}` },
    { status: 400, code: 'invalid_argument' },
  )
  refuses(
    'an unknown method of a known service',
    { path: '/hello.Hello/Nothing' },
    { status: 404, code: 'unimplemented' },
  )
  refuses('an unknown service', { path: '/nothing.At/All' }, { status: 404, code: 'unimplemented' })
  refuses(
    'a content type that is not served',
    { type: 'text/html' },
    {
      status: 415,
      message: /^$/,
      header: ['accept-post', 'application/json, application/proto, application/x-protobuf, application/protobuf'],
    },
  )
  refuses('no content type', { type: '', body: new Uint8Array([123, 125]) }, { status: 415 })
  refuses('JSON in another charset', { type: 'application/json; charset=utf-16' }, { status: 415 })
  refuses('a unary method called as a stream', { type: 'application/connect+json' }, { status: 415 })
  refuses('a stream called as a unary method', { path: '/hello.Hello/Watch' }, { status: 415 })
  refuses('PUT', { method: 'PUT' }, { status: 405, message: /^$/, header: ['allow', 'GET, POST'] })
  refuses(
    'GET of a method that is not safe',
    { path: '/hello.Hello/Divide', method: 'GET' },
    { status: 405, header: ['allow', 'POST'] },
  )
  refuses(
    'GET without a message',
    { path: `${say}?encoding=json`, method: 'GET' },
    { status: 400, code: 'invalid_argument', message: /message/ },
  )
  refuses(
    'GET without an encoding',
    { path: `${say}?message=%7B%7D`, method: 'GET' },
    { status: 400, code: 'invalid_argument', message: /encoding/ },
  )
  refuses('GET in an unknown encoding', { path: `${say}?message=%7B%7D&encoding=ini`, method: 'GET' }, { status: 415 })
  refuses(
    'GET whose base64 is none',
    { path: `${say}?base64=1&encoding=json&message=%7B%7D`, method: 'GET' },
    { status: 400, code: 'invalid_argument' },
  )
  refuses(
    'GET of another version',
    { path: `${say}?connect=v2&encoding=json&message=%7B%7D`, method: 'GET' },
    { status: 400, code: 'invalid_argument' },
  )
  refuses(
    'another version of the protocol',
    { headers: { 'connect-protocol-version': '2' } },
    { status: 400, code: 'invalid_argument' },
  )
  refuses(
    'a timeout that is no number',
    { headers: { 'connect-timeout-ms': '1s' } },
    { status: 400, code: 'invalid_argument', message: /connect-timeout-ms/ },
  )
  refuses(
    'a timeout of eleven digits',
    { headers: { 'connect-timeout-ms': '10000000000' } },
    { status: 400, code: 'invalid_argument' },
  )
  refuses(
    'a deadline that has passed',
    { headers: { 'connect-timeout-ms': '0' } },
    { status: 504, code: 'deadline_exceeded' },
  )
  refuses(
    'an unknown encoding',
    { headers: { 'content-encoding': 'zip' } },
    { status: 501, code: 'unimplemented', header: ['accept-encoding', acceptedEncodings] },
  )
  refuses(
    'a body that is not encoded as it says',
    { headers: { 'content-encoding': 'gzip' }, body: '{"name":"plain"}' },
    { status: 400, code: 'invalid_argument' },
  )
  refuses(
    'a body over the limit',
    { body: JSON.stringify({ name: 'x'.repeat(2000) }) },
    { status: 429, code: 'resource_exhausted' },
    { limits: { messageBytes: 1000 } },
  )
  refuses(
    'a body over the limit once it is decompressed',
    { headers: { 'content-encoding': 'gzip' }, body: gzipSync(JSON.stringify({ name: 'x'.repeat(1_000_000) })) },
    { status: 429, code: 'resource_exhausted' },
    { limits: { messageBytes: 10_000 } },
  )
  refusesStream(
    'no request',
    { body: new Uint8Array(0) },
    { code: 'unimplemented', message: /Watch takes one request message, got none/ },
  )
  refusesStream(
    'several requests',
    { body: Buffer.concat([upTo3, upTo3]) },
    { code: 'unimplemented', message: /got more than one/ },
  )
  refusesStream(
    'compressed, without an encoding',
    { headers: { 'connect-content-encoding': 'identity' }, body: envelope(1, '{}') },
    { code: 'internal', message: /no encoding was named/ },
  )
  refusesStream(
    'another version of the protocol',
    { headers: { 'connect-protocol-version': '2' }, body: upTo3 },
    { code: 'invalid_argument', message: /version "2"/ },
  )
  refusesStream(
    'an unknown encoding',
    { headers: { 'connect-content-encoding': 'zip' }, body: upTo3 },
    {
      code: 'unimplemented',
      message: /"zip" is not known/,
      header: ['connect-accept-encoding', acceptedEncodings],
    },
  )
}
