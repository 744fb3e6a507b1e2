import test from 'ava'
import fc from 'fast-check'
import { Code, RpcError } from '../../../src/index.js'
import { subtypeOf } from '../../../src/protocols/grpc/content-type.js'
import { frameRules } from '../../../src/protocols/grpc/framing.js'
import { decodeStatus, encodeStatus } from '../../../src/protocols/grpc-status/rpc-status.js'
import { codeOfStatus, decodeMessage, encodeMessage } from '../../../src/protocols/grpc-status/status.js'
import { formatTimeout, parseTimeout } from '../../../src/protocols/grpc-status/timeout.js'
import { MessageReader } from '../../../src/protocols/length-prefixed.js'

test('grpc-timeout is never shorter than what was asked for, and at most eight digits', t => {
  t.is(formatTimeout(30_000), '30000m')
  t.is(formatTimeout(0.2), '1m')
  t.is(parseTimeout('5S'), 5000)
  t.is(parseTimeout('100u'), 0.1)
  t.is(parseTimeout('2H'), 7_200_000)
  fc.assert(
    fc.property(fc.double({ min: 0, max: 3e11, noNaN: true }), milliseconds => {
      const text = formatTimeout(milliseconds)
      return /^\d{1,8}[HMSmun]$/.test(text) && parseTimeout(text) >= milliseconds
    }),
  )
  for (const wrong of ['', 'S', '1', '123456789S', '-1S', '1.5S', '1s', ' 1S']) {
    const error = t.throws(() => parseTimeout(wrong), { instanceOf: RpcError })
    t.is(error?.code, Code.internal)
  }
})

test('grpc-message survives whatever it is made of', t => {
  t.is(encodeMessage('plain text'), 'plain text')
  t.is(encodeMessage('50% \u00fc\n'), '50%25%20%C3%BC%0A')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => {
      const encoded = encodeMessage(text)
      return /^[!-~]*(?: +[!-~]+)*$/.test(encoded) && decodeMessage(encoded) === Buffer.from(text).toString()
    }),
  )
  for (const broken of ['%', '%4', '%zz', '100%']) t.is(decodeMessage(broken), broken)
})

test('grpc-status that is none is unknown', t => {
  t.is(codeOfStatus('5'), Code.not_found)
  for (const wrong of [undefined, '', '17', '-1', 'OK', '1.0', '999']) t.is(codeOfStatus(wrong), Code.unknown)
})

test('content types', t => {
  t.is(subtypeOf('application/grpc'), 'proto')
  t.is(subtypeOf('application/grpc+proto'), 'proto')
  t.is(subtypeOf('application/grpc;charset=utf-8'), 'proto')
  t.is(subtypeOf('application/grpc+json; x=y'), 'json')
  for (const other of ['', 'application/json', 'application/grpc-web', 'application/grpcx', 'text/plain'])
    t.is(subtypeOf(other), undefined)
})

test('google.rpc.Status there and back, and bytes that are none', t => {
  const status = {
    code: 5,
    message: 'gr\u00fc\u00df',
    details: [{ type: 'hello.DivisionByZero', value: new Uint8Array(300) }],
  }
  t.deepEqual(decodeStatus(encodeStatus(status)), status)
  t.is(decodeStatus(Uint8Array.of(0x12, 0x7f)), undefined)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
      const decoded = decodeStatus(bytes)
      return decoded === undefined || Array.isArray(decoded.details)
    }),
  )
})

function framed(messages: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    messages.map(message => {
      const prefix = Buffer.alloc(5)
      prefix.writeUInt32BE(message.length, 1)
      return Buffer.concat([prefix, message])
    }),
  )
}

test('messages come out whole however their bytes are cut', t => {
  const message = fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 900, maxLength: 3000 }))
  fc.assert(
    fc.property(fc.array(message, { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 2000 })), (messages, cuts) => {
      const bytes = framed(messages)
      const reader = new MessageReader(frameRules(1 << 20))
      const seen: Uint8Array[] = []
      let at = 0
      for (let cut = 0; at < bytes.length; cut++) {
        const end = Math.min(bytes.length, at + (cuts[cut % Math.max(1, cuts.length)] ?? 7))
        reader.push(bytes.subarray(at, end))
        at = end
        while (reader.ready) seen.push(Uint8Array.from(reader.take()))
      }
      t.deepEqual(
        seen.map(one => [...one]),
        messages.map(one => [...one]),
      )
      return reader.buffered === 0
    }),
  )
})

test('a declared length over the limit is refused before its bytes arrive', t => {
  const reader = new MessageReader(frameRules(100))
  reader.push(Buffer.from([0, 0xff, 0xff, 0xff, 0xff]))
  t.true(reader.ready)
  t.is(t.throws(() => reader.take(), { instanceOf: RpcError })?.code, Code.resource_exhausted)
  const flags = new MessageReader(frameRules(100))
  flags.push(Buffer.from([2, 0, 0, 0, 0]))
  t.true(flags.ready)
  t.is(t.throws(() => flags.take(), { instanceOf: RpcError })?.code, Code.internal)
})
