import test from 'ava'
import { protobuf } from '../../../src/codecs/protobuf/codec.js'
import { Code } from '../../../src/core/code.js'
import { defaultLimits } from '../../../src/core/limits.js'
import { type Delivery, RpcError } from '../../../src/core/rpc-error.js'
import type { Link } from '../../../src/protocols/protocol.js'
import { failure } from '../../support/calls.js'
import { answering, callOf, collect, dial, httpReply, type LoopbackOptions } from './loopback.js'

interface Expected {
  readonly code: Code
  readonly reason?: string
  readonly delivery?: Delivery
  readonly message?: RegExp
}

function fails(
  title: string,
  reply: string | undefined,
  expected: Expected,
  options: LoopbackOptions & { close?: boolean } = {},
) {
  test(title, async t => {
    const server = await answering(t, reply, options)
    const link = await dial(t, server.port, options)
    const error = await failure(link.handle(callOf('sayHello', { name: 'x', tags: [] })))
    t.is(Code[error.code], Code[expected.code])
    if (expected.reason !== undefined) t.is(error.reason, expected.reason)
    t.is(error.delivery, expected.delivery ?? 'unknown')
    if (expected.message !== undefined) t.regex(error.message, expected.message)
  })
}

const errorOf = (length: number) => JSON.stringify({ code: 'aborted', message: 'x'.repeat(length) })

const html = '<html>Bad Gateway</html>'

async function streamFailure(link: Link): Promise<RpcError> {
  return failure(link.handle(callOf('watch', { upTo: 3 })).then(collect))
}

const envelope = (flags: number, json: string) =>
  String.fromCharCode(flags, 0, 0, json.length >> 8, json.length & 255) + json

const stream = (body: string) => httpReply('200 OK', 'application/connect+json', body)

function failsStream(title: string, reply: string, expected: Expected, options: { close?: boolean } = {}) {
  test(`stream: ${title}`, async t => {
    const server = await answering(t, reply, options)
    const link = await dial(t, server.port)
    const error = await streamFailure(link)
    t.is(Code[error.code], Code[expected.code])
    if (expected.reason !== undefined) t.is(error.reason, expected.reason)
    if (expected.message !== undefined) t.regex(error.message, expected.message)
  })
}

/** Replies that fail their call, one test each. */
export function malformedReplies(): void {
  fails('an HTML page with 200', httpReply('200 OK', 'text/html', html), { code: Code.unknown, message: /text\/html/ })
  fails("a proxy's 404 page", httpReply('404 Not Found', 'text/html', '404 page not found'), {
    code: Code.unimplemented,
  })
  fails("a proxy's 502 page", httpReply('502 Bad Gateway', 'text/html', html), {
    code: Code.unavailable,
    message: /HTTP status 502/,
  })
  fails('401 without a body', httpReply('401 Unauthorized', 'text/plain', ''), { code: Code.unauthenticated })
  fails('JSON that is no error', httpReply('403 Forbidden', 'application/json', '{"error":"nope"}'), {
    code: Code.permission_denied,
  })
  fails('JSON that is broken', httpReply('429 Too Many Requests', 'application/json', '{"code":'), {
    code: Code.unavailable,
  })
  fails(
    'an error with an unknown code',
    httpReply('503 Unavailable', 'application/json', '{"code":"odd","message":"m"}'),
    {
      code: Code.unavailable,
      message: /^m$/,
    },
  )
  fails('an error that calls itself ok', httpReply('500 Oh', 'application/json', '{"code":"ok"}'), {
    code: Code.unknown,
  })
  fails(
    'details that are none',
    httpReply('409 C', 'application/json', '{"code":"aborted","details":[1,{"type":2},{"type":"a.B","value":3}]}'),
    { code: Code.aborted },
  )
  fails('a reply that is malformed', httpReply('200 OK', 'application/json', '{"message":'), {
    code: Code.internal,
    reason: 'malformed_reply',
  })
  fails(
    'a reply in an encoding that nobody asked for',
    httpReply('200 OK', 'application/json', '{}', 'content-encoding: zip\r\n'),
    { code: Code.internal, reason: 'malformed_reply' },
  )
  fails('a stream for a unary call', httpReply('200 OK', 'application/connect+json', '\0\0\0\0\x02{}'), {
    code: Code.internal,
    reason: 'malformed_reply',
  })
  fails(
    'a reply in a codec that nobody asked for, and no error of its own',
    httpReply('200 OK', 'application/json', '{"code":"aborted"}'),
    { code: Code.internal, reason: 'malformed_reply', message: /content type application\/json in place of a reply/ },
    { client: { codec: protobuf } },
  )
  fails('an error over 1 MiB', httpReply('409 Conflict', 'application/json', errorOf(1_200_000)), {
    code: Code.aborted,
    message: /^x+$/,
  })
  fails(
    'an error over 1 MiB and over the limit of messages',
    httpReply('429 Too Many Requests', 'application/json', errorOf(1_200_000)),
    { code: Code.aborted, message: /^\/hello\.Hello\/SayHello: the error is larger than 1048576 bytes$/ },
    { client: { limits: { ...defaultLimits, messageBytes: 1000 } } },
  )
  fails('informational responses without an end', 'HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n'.repeat(17), {
    code: Code.internal,
    reason: 'malformed_reply',
    message: /more than 16 informational responses/,
  })
  fails(
    'a reply behind a few informational responses is read as usual',
    `${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(16)}${httpReply('403 Forbidden', 'application/json', '{"code":"aborted"}')}`,
    { code: Code.aborted },
  )
  fails(
    'a reply that is too large, by its length',
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\n\r\n',
    { code: Code.resource_exhausted, reason: 'message_too_large' },
  )
  fails(
    'a reply that is too large, by its chunks',
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n1000\r\n${' '.repeat(4096)}`,
    { code: Code.resource_exhausted, reason: 'message_too_large' },
    { client: { limits: { ...defaultLimits, messageBytes: 1000 } } },
  )
  fails('headers that are too large', `HTTP/1.1 200 OK\r\nx-long: ${'y'.repeat(40_000)}\r\n\r\n`, {
    code: Code.resource_exhausted,
    reason: 'reply_headers_too_large',
  })
  fails(
    'a reply cut short by length',
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"mess',
    { code: Code.unavailable, reason: 'reply_truncated' },
    { close: true },
  )
  fails(
    'a reply cut short in its chunks',
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n20\r\n{"mess',
    { code: Code.unavailable, reason: 'reply_truncated' },
    { close: true },
  )
  fails('a reply cut short in its head', 'HTTP/1.1 200 OK\r\ncontent-ty', { code: Code.unavailable }, { close: true })
  fails('a server that closes without a word', undefined, { code: Code.unavailable, reason: 'connection_lost' })
  fails('a reply that is no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', { code: Code.internal, reason: 'malformed_reply' })
  fails(
    'a refusal that proves that no handler ran',
    httpReply('503 Unavailable', 'application/json', '{"code":"unavailable"}', 'polywire-refused: 1\r\n'),
    { code: Code.unavailable, delivery: 'refused' },
  )
  failsStream(
    'an HTML page, whose bytes are no length',
    httpReply('404 Not Found', 'text/plain', '404 page not found'),
    {
      code: Code.unimplemented,
    },
  )
  failsStream('an HTML page with 200', httpReply('200 OK', 'text/html', html), { code: Code.unknown })
  failsStream('no end of stream', stream(envelope(0, '{"n":1}')), { code: Code.internal, reason: 'malformed_reply' })
  failsStream('cut short within an envelope', stream('\0\0\0\0\x09{'), {
    code: Code.internal,
    reason: 'malformed_reply',
  })
  failsStream(
    'in a codec that nobody asked for',
    httpReply('200 OK', 'application/connect+xml', envelope(0, '<a/>') + envelope(2, '{}')),
    { code: Code.internal, reason: 'malformed_reply' },
  )
  failsStream(
    'cut short by the connection',
    'HTTP/1.1 200 OK\r\ncontent-type: application/connect+json\r\ntransfer-encoding: chunked\r\n\r\n3\r\n\0\0\0',
    { code: Code.unavailable, reason: 'reply_truncated' },
    { close: true },
  )
  failsStream('an envelope over the limit', stream('\0\x7f\xff\xff\xff{'), {
    code: Code.resource_exhausted,
    reason: 'message_too_large',
  })
  failsStream('unknown flags', stream(envelope(8, '{}')), { code: Code.internal, reason: 'malformed_envelope' })
  failsStream('compressed without saying how', stream(envelope(1, '{}')), {
    code: Code.internal,
    reason: 'malformed_envelope',
  })
  failsStream('a message that is malformed', stream(envelope(0, '{"n":') + envelope(2, '{}')), {
    code: Code.internal,
    reason: 'malformed_reply',
  })
  failsStream('an end of stream that is none', stream(envelope(2, 'x')), {
    code: Code.internal,
    reason: 'malformed_reply',
  })
  failsStream(
    'an error at the end',
    stream(envelope(0, '{"n":1}') + envelope(2, '{"error":{"code":"aborted","message":"m"},"metadata":{"x-a":["1"]}}')),
    { code: Code.aborted, message: /^m$/ },
  )
}
