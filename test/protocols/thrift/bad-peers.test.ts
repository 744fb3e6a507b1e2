import { once } from 'node:events'
import test from 'ava'
import fc from 'fast-check'
import { binaryFormat, oldBinaryFormat } from '../../../src/codecs/thrift/binary/format.js'
import { compactFormat } from '../../../src/codecs/thrift/compact/format.js'
import { jsonFormat } from '../../../src/codecs/thrift/json/format.js'
import { Kind, type ThriftWriter, Wire } from '../../../src/codecs/thrift/wire.js'
import { defaultLimits } from '../../../src/core/limits.js'
import { connect, disconnect, type LimitOptions, serve } from '../../../src/index.js'
import { readHeaderFrame } from '../../../src/protocols/thrift/theader.js'
import { captured } from '../../fixtures/thrift/captured.js'
import { Hello, HelloService } from '../../fixtures/thrift/hello.js'
import { framed, message, RawClient, read, slow, text } from './raw.js'

async function served(limits: LimitOptions = {}) {
  const service = new HelloService()
  const server = await serve([service], { limits, host: '127.0.0.1', report: () => {} })
  return { service, server, port: server.port, address: server.address, close: () => server.close() }
}

const number = (writer: ThriftWriter) => {
  writer.field(Wire.i32, 1)
  writer.i32(1)
}

const both = [
  ['framed', true],
  ['unframed', false],
] as const

test('replies go out as they are ready where each call has an id of its own', async t => {
  const { port, close } = await served()
  const client = await RawClient.open(port)
  client.send(
    framed(message({ name: 'Slow', sequence: 1, fields: slow('late', 30) })),
    framed(message({ name: 'Slow', sequence: 2, fields: slow('early', 0) })),
  )
  t.deepEqual([(await client.next()).sequence, (await client.next()).sequence], [2, 1])
  client.end()
  await close()
})

test('replies go out in order to a peer that numbers nothing, and to one without frames', async t => {
  const { port, close } = await served()
  const names = ['late', 'middle', 'early', 'refused'] as const
  for (const [, isFramed] of both) {
    const client = await RawClient.open(port, { isFramed })
    const parts = [
      message({ name: 'Slow', sequence: 0, fields: slow('late', 30) }),
      message({ name: 'Slow', sequence: 0, fields: slow('middle', 10) }),
      message({ name: 'Slow', sequence: 0, fields: slow('early', 0) }),
      message({ name: 'Nothing', sequence: 0 }),
    ]
    client.send(...(isFramed ? parts.map(framed) : parts))
    for (const name of names) {
      const reply = await client.next()
      if (name === 'refused') t.is(reply.kind, Kind.exception)
      else t.is(reply.text, name)
    }
    client.end()
  }
  await close()
})

for (const [title, isFramed] of both) {
  for (const format of [binaryFormat, oldBinaryFormat, compactFormat]) {
    const old = format === oldBinaryFormat ? ' with old headers' : ''
    test(`a request in pieces of one byte is answered in kind: ${title} ${format.name}${old}`, async t => {
      const { port, close } = await served()
      const client = await RawClient.open(port, { isFramed, format })
      const one = message({ name: 'SayHello', sequence: 7, format, fields: text('Wörld') })
      const bytes = isFramed ? framed(one) : one
      let first: Buffer | undefined
      client.socket.once('data', (chunk: Buffer) => {
        first = chunk
      })
      for (const byte of Buffer.concat([bytes, bytes])) {
        client.socket.write(Buffer.of(byte))
        await new Promise(setImmediate)
      }
      for (let n = 0; n < 2; n++) {
        const reply = await client.next()
        t.like(reply, { kind: Kind.reply, name: 'SayHello', sequence: 7, text: 'Hello, Wörld!' })
      }
      t.is(first?.[isFramed ? 4 : 0], one[0], 'the reply has the header of the request')
      client.end()
      await close()
    })
  }
}

test('what is wrong with a request has its own type of exception, and the connection goes on', async t => {
  const { port, service, close } = await served({ messageBytes: 1000, headerBytes: 100 })
  const client = await RawClient.open(port)
  const cases: [Buffer, number][] = [
    [message({ name: 'Nothing' }), 1],
    [message({ name: 'SayHello', kind: 7 }), 2],
    [message({ name: 'SayHello', kind: Kind.reply }), 2],
    [message({ name: 'Echo' }), 7],
    [Buffer.concat([message({ name: 'SayHello' }), Buffer.from('more')]), 7],
    [message({ name: 'SayHello', fields: number }), 7],
    [message({ name: 'SayHello', fields: text('x').bind(null) }).subarray(0, -3), 7],
    [message({ name: 'SayHello', fields: text('x'.repeat(5000)) }), 6],
    [message({ name: 'Fail', fields: text('error') }), 6],
    [message({ name: 'Fail', fields: text('unknown') }), 0],
  ]
  for (const [bytes, type] of cases) {
    client.send(framed(bytes))
    const reply = await client.next()
    t.is(reply.kind, Kind.exception, reply.text)
    t.is(reply.type, type, reply.text)
  }
  client.send(framed(message({ name: 'SayHello', sequence: 9, fields: text('x') })))
  t.is((await client.next()).text, 'Hello, x!')
  t.is(service.calls, 1)
  client.end()
  await close()
})

for (const format of [binaryFormat, compactFormat, jsonFormat]) {
  test(`a request over the limit is answered, and the connection goes on: ${format.name}`, async t => {
    const { port, service, close } = await served({ messageBytes: 1000, headerBytes: 100 })
    const client = await RawClient.open(port, { format })
    client.send(framed(message({ format, name: 'SayHello', sequence: 7, fields: text('x'.repeat(5000)) })))
    const refusal = await client.next()
    t.deepEqual([refusal.kind, refusal.name, refusal.sequence, refusal.type], [Kind.exception, 'SayHello', 7, 6])
    t.regex(refusal.text, /limits\.messageBytes/)
    client.send(framed(message({ format, name: 'SayHello', sequence: 8, fields: text('x') })))
    t.is((await client.next()).text, 'Hello, x!')
    t.is(service.calls, 1)
    client.end()
    await close()
  })
}

test('a JSON message that cannot be parsed costs its own call, once its header can be read', async t => {
  const { port, service, close } = await served()
  const client = await RawClient.open(port, { format: jsonFormat })
  const nested = '{"1":{"rec":'.repeat(10_000)
  for (const [sequence, values] of [
    [7, '{"1":{"str":"x"'],
    [8, nested],
  ] as const) {
    client.send(framed(Buffer.from(`[1,"SayHello",1,${sequence},${values}`)))
    t.like(await client.next(), { kind: Kind.exception, name: 'SayHello', sequence })
  }
  client.send(framed(message({ format: jsonFormat, name: 'SayHello', sequence: 9, fields: text('x') })))
  t.is((await client.next()).text, 'Hello, x!')
  t.is(service.calls, 1)
  client.end()
  await close()
})

test('a JSON request over the limit whose header cannot be read ends the connection', async t => {
  const { port, close } = await served({ messageBytes: 1000, headerBytes: 100 })
  const client = await RawClient.open(port, { format: jsonFormat })
  client.send(framed(Buffer.from(`[1,"${'x'.repeat(5000)}`)))
  await client.closed()
  t.true(client.socket.destroyed)
  await close()
})

test('unknown fields are skipped, however deep up to 64', async t => {
  const { port, close } = await served()
  const client = await RawClient.open(port)
  const nested = (levels: number) =>
    message({
      name: 'SayHello',
      fields: writer => {
        for (let level = 0; level < levels; level++) writer.field(Wire.struct, 5)
        for (let level = 0; level < levels; level++) writer.endStruct(0)
        text('x')(writer)
      },
    })
  client.send(framed(nested(60)))
  t.is((await client.next()).text, 'Hello, x!')
  client.send(framed(nested(10_000)))
  t.is((await client.next()).type, 7)
  client.end()
  await close()
})

test('calls over the limit of one connection are refused, and those in flight are not harmed', async t => {
  const { port, close } = await served({ callsPerConnection: 2 })
  const client = await RawClient.open(port)
  const calls = [1, 2, 3].map(sequence => framed(message({ name: 'Slow', sequence, fields: slow(`n${sequence}`, 20) })))
  client.send(...calls)
  const replies = [await client.next(), await client.next(), await client.next()]
  t.like(replies[0], { kind: Kind.exception, sequence: 3 })
  t.regex(replies[0]?.text ?? '', /limits\.callsPerConnection/)
  t.deepEqual(
    replies
      .slice(1)
      .map(reply => reply.text)
      .sort(),
    ['n1', 'n2'],
  )
  client.end()
  await close()
})

test('calls of a peer that is gone are cancelled', async t => {
  const { port, service, close } = await served()
  const cancelled = new Promise<void>(resolve => {
    service.onCancelled = resolve
  })
  const client = await RawClient.open(port)
  client.send(framed(message({ name: 'SayHello', sequence: 1, fields: text('x') })))
  await client.next()
  client.send(framed(message({ name: 'Slow', sequence: 2, fields: slow('never', -1) })))
  client.send(framed(message({ name: 'SayHello', sequence: 3, fields: text('x') })))
  await client.next()
  client.end()
  await cancelled
  t.is(service.cancelled, 1)
  await close()
})

test('a oneway call has no reply', async t => {
  const { port, service, close } = await served()
  const client = await RawClient.open(port)
  client.send(framed(message({ name: 'Notify', kind: Kind.oneway, fields: text('seen') })))
  client.send(framed(message({ name: 'Nothing', kind: Kind.oneway })))
  client.send(framed(message({ name: 'LastNotice', sequence: 5 })))
  t.like(await client.next(), { sequence: 5, text: 'seen' })
  t.is(service.notice, 'seen')
  client.end()
  await close()
})

test('a body that does not arrive, and a connection that is quiet, are closed', async t => {
  const { port, close } = await served({ bodyTimeout: 30, idleTimeout: 60 })
  const slowBody = await RawClient.open(port)
  slowBody.send(framed(message({ name: 'SayHello', fields: text('x') })).subarray(0, 20))
  await slowBody.closed()
  const quiet = await RawClient.open(port)
  quiet.send(framed(message({ name: 'SayHello', fields: text('x') })))
  t.is((await quiet.next()).text, 'Hello, x!')
  await quiet.closed()
  await close()
})

test('a draining server answers what is in flight, refuses what is new, and ends', async t => {
  const { port, server, service } = await served()
  let open = () => {}
  service.gate = new Promise(resolve => {
    open = resolve
  })
  const client = await RawClient.open(port)
  client.send(framed(message({ name: 'SayHello', sequence: 1, fields: text('x') })))
  await client.next()
  client.send(framed(message({ name: 'Slow', sequence: 2, fields: slow('gate', 0) })))
  client.send(framed(message({ name: 'SayHello', sequence: 3, fields: text('x') })))
  await client.next()
  const closed = server.close()
  client.send(framed(message({ name: 'SayHello', sequence: 4, fields: text('x') })))
  const refused = await client.next()
  t.like(refused, { kind: Kind.exception, sequence: 4 })
  t.regex(refused.text, /the server is shutting down/)
  open()
  t.is((await client.next()).text, 'gate')
  await client.closed()
  await closed
})

const foreign = Object.values(captured).map(hex => Buffer.from(hex, 'hex'))

test('what a library of another language wrote is answered', async t => {
  const { port, close } = await served()
  for (const [name, hex] of Object.entries(captured)) {
    const client = await RawClient.open(port)
    client.socket.removeAllListeners('data')
    client.socket.write(Buffer.from(hex, 'hex'))
    const [answer] = (await once(client.socket, 'data')) as [Buffer]
    t.true(answer.includes('café'), name)
    client.socket.destroy()
  }
  await close()
})

const valid = [binaryFormat, oldBinaryFormat, compactFormat].flatMap(format =>
  [message({ name: 'SayHello', format, fields: text('x') }), message({ name: 'Echo', format })].flatMap(one => [
    one,
    framed(one),
  ]),
)

test('no bytes crash the server or hang it', async t => {
  const { port, address, close } = await served({ messageBytes: 10_000, bodyTimeout: 500, handshakeTimeout: 500 })
  const mutated = fc
    .record({
      bytes: fc.constantFrom(...valid, ...foreign),
      flips: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
      tail: fc.uint8Array({ maxLength: 20 }),
    })
    .map(({ bytes, flips, tail }) => {
      const changed = Buffer.concat([bytes, bytes, tail])
      for (const [at, value] of flips) changed[at % changed.length] = value
      return changed
    })
  await fc.assert(
    fc.asyncProperty(fc.oneof(mutated, fc.uint8Array({ maxLength: 60 })), async bytes => {
      const client = await RawClient.open(port)
      client.socket.removeAllListeners('data')
      client.socket.resume()
      client.socket.end(bytes)
      if (!client.socket.destroyed) await once(client.socket, 'close')
    }),
    { numRuns: 150 },
  )
  const hello = connect(Hello, `thrift://${address}`)
  t.is(await hello.sayHello('still there'), 'Hello, still there!')
  await disconnect(hello)
  await close()
})

/** A THeader frame that says it holds one message of the binary protocol. */
function headerFrame(header: readonly number[], payload: Buffer, sequence: number): Buffer {
  const padded = Buffer.alloc(Math.ceil(header.length / 4) * 4)
  padded.set(header)
  const fixed = Buffer.alloc(10)
  fixed.writeUInt16BE(0x0fff, 0)
  fixed.writeInt32BE(sequence, 4)
  fixed.writeUInt16BE(padded.length / 4, 8)
  return framed(Buffer.concat([fixed, padded, payload]))
}

for (const [what, header, type] of [
  ['an unknown transform', [0, 1, 2], 8],
  ['several transforms', [2, 2, 1, 1], 8],
  ['an unknown protocol', [7, 0], 9],
  ['headers over the limit', [0, 0, ...new Array<number>(600).fill(0)], 6],
] as const) {
  test(`a first THeader frame with ${what} is answered in one that has none, and the next is served`, async t => {
    const { port, close } = await served({ headerBytes: 500 })
    const client = await RawClient.open(port)
    const frames: Buffer[] = []
    client.message = (bytes, start, end) => frames.push(bytes.subarray(start, end))
    client.send(headerFrame(header, message({ name: 'SayHello', sequence: 77 }), 77))
    client.send(headerFrame([0, 0], message({ name: 'SayHello', sequence: 78, fields: text('x') }), 78))
    while (frames.length < 2) await once(client.socket, 'data')
    const [refusal, reply] = frames.map(frame => {
      const { format, zlib, payload } = readHeaderFrame(frame, defaultLimits)
      return {
        zlib,
        inFrame: frame.readInt32BE(4),
        ...read(format.reader(payload, 0, payload.length, Number.POSITIVE_INFINITY)),
      }
    })
    t.like(refusal, { zlib: false, inFrame: 77, sequence: 77, kind: Kind.exception, type })
    t.like(reply, { inFrame: 78, sequence: 78, kind: Kind.reply, text: 'Hello, x!' })
    client.end()
    await close()
  })
}
