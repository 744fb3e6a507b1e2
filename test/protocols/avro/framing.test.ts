import test from 'ava'
import fc from 'fast-check'
import { Fault } from '../../../src/codecs/values/fault.js'
import { detectFraming } from '../../../src/protocols/avro/framing.js'
import { MessageDecoder } from '../../../src/protocols/avro/message-decoder.js'
import { frame, handshake, shopProtocol } from './wire.js'

const limit = 1000
const framings = ['netty', 'framed'] as const

test('a handshake tells its framing, however it is cut', t => {
  const handshakes = [
    handshake(),
    handshake({ clientProtocol: shopProtocol.text.slice(0, 500) }),
    Buffer.concat([handshake(), Buffer.from([0, 0])]),
  ]
  for (const framing of framings) {
    for (const one of handshakes) {
      const bytes = frame(framing, 7, one, Buffer.from([0, 0]))
      t.is(detectFraming(bytes, limit), framing)
      for (let length = 0; length < bytes.length; length++) {
        const told = detectFraming(bytes.subarray(0, length), limit)
        t.true(told === undefined || told === framing)
      }
    }
  }
})

test('what begins otherwise is neither', t => {
  for (const other of [
    'GET / HTTP/1.1\r\nhost: x\r\n\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
    `\x16\x03\x01\x02\x00${'x'.repeat(60)}`,
    `\x80\x01\x00\x01\x00\x00\x00\x08SayHello${'x'.repeat(60)}`,
    `\x00\x00\x00\x40\x80\x01\x00\x01\x00\x00\x00\x08SayHello${'x'.repeat(60)}`,
    '\x00'.repeat(64),
    '\xff'.repeat(64),
  ]) {
    t.is(detectFraming(Buffer.from(other, 'latin1'), limit), false, JSON.stringify(other))
  }
})

test('random bytes are told from a handshake but for a few', t => {
  let mistaken = 0
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), bytes => {
      const told = detectFraming(bytes, limit)
      if (told !== false) mistaken++
      return told !== undefined
    }),
    { numRuns: 2000 },
  )
  t.true(mistaken < 20, String(mistaken))
})

/** What comes out of a stream that arrives in pieces of these sizes. */
function decoded(framing: (typeof framings)[number], stream: Buffer, sizes: readonly number[]) {
  const messages: { serial: number; bytes: Buffer | 'oversized' }[] = []
  const decoder = new MessageDecoder(framing, limit, {
    message: (serial, from) => messages.push({ serial, bytes: Buffer.from(from.raw(from.left)) }),
    oversized: serial => messages.push({ serial, bytes: 'oversized' }),
  })
  let at = 0
  for (let piece = 0; at < stream.length; piece++) {
    const size = sizes.length === 0 ? stream.length : (sizes[piece % sizes.length] as number)
    decoder.push(stream.subarray(at, at + size))
    at += size
  }
  return { messages, isPartial: decoder.isPartial }
}

test('messages come out as they went in, however the stream is cut', t => {
  const buffer = fc.uint8Array({ minLength: 1, maxLength: 300 }).map(bytes => Buffer.from(bytes))
  const message = fc.record({ serial: fc.integer(), buffers: fc.array(buffer, { minLength: 1, maxLength: 4 }) })
  const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 5 })
  for (const framing of framings) {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), sizes, (sent, cuts) => {
        const stream = Buffer.concat(sent.map(({ serial, buffers }) => frame(framing, serial, ...buffers)))
        const { messages, isPartial } = decoded(framing, stream, cuts)
        t.false(isPartial)
        t.deepEqual(
          messages,
          sent.map(({ serial, buffers }) => {
            const bytes = Buffer.concat(buffers)
            return { serial: framing === 'netty' ? serial : 0, bytes: bytes.length > limit ? 'oversized' : bytes }
          }),
        )
      }),
      { numRuns: 150 },
    )
  }
})

test('a message over the limit is passed over, and the next one arrives', t => {
  for (const framing of framings) {
    const stream = Buffer.concat([frame(framing, 1, Buffer.alloc(5000, 1)), frame(framing, 2, Buffer.from('next'))])
    for (const sizes of [[], [1], [999], [5000]]) {
      const serials = framing === 'netty' ? [1, 2] : [0, 0]
      t.deepEqual(decoded(framing, stream, sizes).messages, [
        { serial: serials[0] as number, bytes: 'oversized' },
        { serial: serials[1] as number, bytes: Buffer.from('next') },
      ])
    }
  }
})

test('lengths that are negative break the framing, and announced ones allocate nothing', t => {
  const push = (framing: 'netty' | 'framed', bytes: number[]) =>
    new MessageDecoder(framing, limit, { message: () => {}, oversized: () => {} }).push(Buffer.from(bytes))
  const problem = (framing: 'netty' | 'framed', bytes: number[]) => {
    try {
      push(framing, bytes)
      return undefined
    } catch (error) {
      return error instanceof Fault ? error.problem : error
    }
  }
  t.is(problem('framed', [0xff, 0xff, 0xff, 0xff]), 'a buffer of -1 bytes')
  t.is(problem('netty', [0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]), 'a message of -1 buffers')
  t.is(problem('netty', [0, 0, 0, 1, 0, 0, 0, 1, 0x80, 0, 0, 0]), 'a buffer of -2147483648 bytes')
  const before = process.memoryUsage().arrayBuffers
  for (let n = 0; n < 100; n++) {
    push('netty', [0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 1])
    push('framed', [0x7f, 0xff, 0xff, 0xff, 1])
  }
  t.true(process.memoryUsage().arrayBuffers - before < 16 * 1024 * 1024)
})

test('a decoder survives whatever it is fed', t => {
  fc.assert(
    fc.property(fc.constantFrom(...framings), fc.array(fc.uint8Array({ maxLength: 40 })), (framing, chunks) => {
      const decoder = new MessageDecoder(framing, limit, { message: () => {}, oversized: () => {} })
      try {
        for (const chunk of chunks) decoder.push(chunk)
        t.pass()
      } catch (error) {
        t.true(error instanceof Fault)
      }
    }),
  )
})
