import test from 'ava'
import fc from 'fast-check'
import { Code } from '../../../src/core/code.js'
import { RpcError } from '../../../src/core/rpc-error.js'
import { frameRules, type MessageSource, MessageStream } from '../../../src/protocols/http/message-stream.js'
import { frameOf, MessageReader } from '../../../src/protocols/length-prefixed.js'

test('envelopes come out as they went in, however the bytes are cut', t => {
  const messages = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 })
  const property = fc.property(messages, fc.array(fc.nat(30)), (sent, cuts) => {
    const bytes = Buffer.concat(sent.map((message, at) => frameOf(at % 4, message)))
    const reader = new MessageReader(frameRules({ message: 1000, end: 1000 }, Code.internal))
    const got: [number, number[]][] = []
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const end = Math.min(bytes.length, at + 1 + (cuts[turn % Math.max(1, cuts.length)] ?? 0))
      reader.push(bytes.subarray(at, end))
      at = end
      while (reader.ready) {
        const message = [...reader.take()]
        got.push([reader.flags, message])
      }
    }
    t.deepEqual(
      got,
      sent.map((message, at) => [at % 4, [...message]]),
    )
    t.true(reader.isAtBoundary)
  })
  fc.assert(property, { numRuns: 200 })
})

test('whatever the bytes, reading them ends or fails with an RpcError, and never holds more than came', t => {
  const property = fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 10 }), chunks => {
    const reader = new MessageReader(frameRules({ message: 50, end: 50 }, Code.invalid_argument))
    try {
      for (const chunk of chunks) {
        reader.push(Buffer.from(chunk))
        while (reader.ready) t.true(reader.take().byteLength <= 50)
      }
    } catch (error) {
      t.true(error instanceof RpcError)
    }
  })
  fc.assert(property, { numRuns: 500 })
})

function streamOf(source: Partial<MessageSource> = {}) {
  const seen = { resumed: 0, abandoned: 0 }
  const stream = new MessageStream({
    limit: 1_000_000,
    fault: Code.internal,
    decode: bytes => Buffer.from(bytes).toString(),
    path: '/test.Test/Run',
    unreadable: error => error,
    decompress: undefined,
    endStream: undefined,
    resume: () => {
      seen.resumed++
    },
    abandon: () => {
      seen.abandoned++
    },
    ...source,
  })
  return { stream, seen }
}

const text = (value: string) => frameOf(0, Buffer.from(value))
const cut = new RpcError('cut', Code.unavailable)

test('messages before and after the reader asks', async t => {
  const { stream } = streamOf()
  stream.push(text('a'))
  t.deepEqual(await stream.next(), { done: false, value: 'a' })
  const waiting = stream.next()
  const behind = stream.next()
  stream.push(Buffer.concat([text('b'), text('c')]))
  t.deepEqual([(await waiting).value, (await behind).value], ['b', 'c'])
  const end = stream.next()
  stream.end(cut)
  t.true((await end).done)
  t.true((await stream.next()).done)
})

test('an end within an envelope is a failure, told once', async t => {
  const { stream } = streamOf()
  stream.push(text('abc').subarray(0, 6))
  stream.end(cut)
  t.is(await t.throwsAsync(stream.next()), cut)
  t.true((await stream.next()).done)
})

test('messages that came before an end are read first; before a failure they are dropped', async t => {
  const ended = streamOf().stream
  ended.push(text('a'))
  ended.end(cut)
  t.is((await ended.next()).value, 'a')
  t.true((await ended.next()).done)
  const failed = streamOf().stream
  failed.push(text('a'))
  failed.fail(cut)
  t.is(await t.throwsAsync(failed.next()), cut)
})

test('it asks for a pause when messages wait, and for more when they are read', async t => {
  const { stream, seen } = streamOf()
  const large = text('x'.repeat(40_000))
  t.true(stream.push(large))
  t.false(stream.push(large))
  await stream.next()
  t.is(seen.resumed, 1)
  t.true(stream.push(text('b')))
})

test('a reader that leaves gives up the rest', async t => {
  const { stream, seen } = streamOf()
  stream.push(text('a'))
  await stream.return()
  t.is(seen.abandoned, 1)
  t.true((await stream.next()).done)
  t.true(stream.push(text('b')))
})

test('a message that cannot be decoded ends the stream', async t => {
  const { stream, seen } = streamOf({
    decode: () => {
      throw cut
    },
  })
  stream.push(Buffer.concat([text('a'), text('b')]))
  t.is(await t.throwsAsync(stream.next()), cut)
  t.true((await stream.next()).done)
  t.is(seen.abandoned, 1)
})

test('a compressed message is decompressed where an encoding is named, and refused where none is', async t => {
  const compressed = frameOf(1, Buffer.from('abc'))
  const named = streamOf({ decompress: async bytes => Buffer.from(bytes).reverse() }).stream
  named.push(compressed)
  t.is((await named.next()).value, 'cba')
  const unnamed = streamOf().stream
  unnamed.push(compressed)
  t.like(await t.throwsAsync(unnamed.next()), { reason: 'malformed_envelope' })
})
