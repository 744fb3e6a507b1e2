import { once } from 'node:events'
import test from 'ava'
import { thriftBinary } from '../../../src/codecs/thrift/codec.js'
import { Kind } from '../../../src/codecs/thrift/wire.js'
import { ActiveCall } from '../../../src/core/active-call.js'
import { systemClock } from '../../../src/core/timer-wheel.js'
import { type MethodSchema, serviceOf } from '../../../src/extend.js'
import { Code, connect, defaultLimits, disconnect, type RpcError, serve } from '../../../src/index.js'
import { thrift } from '../../../src/protocols/thrift/protocol.js'
import { Hello, HelloService } from '../../fixtures/thrift/hello.js'
import { rawServer } from '../../support/raw-servers.js'

import { life } from '../suites/life.js'

import { framed, message, RawClient, served, slow, text } from './raw.js'

life('thrift')

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

test('a server that closes a connection on which it has answered is dialled again at once', async t => {
  const gone: Promise<unknown>[] = []
  const { address } = await rawServer(t, socket => {
    gone.push(once(socket, 'close'))
    socket.once('data', () => socket.end(framed(message({ name: 'SayHello', kind: 2 }))))
  })
  const hello = connect(Hello, `thrift://${address}`)
  t.teardown(() => disconnect(hello))
  for (let call = 1; call <= 3; call++) {
    t.is(((await t.throwsAsync(hello.sayHello('x'))) as RpcError).reason, 'missing_result')
    t.is(gone.length, call)
    await gone[call - 1]
  }
})

test('a refused call is known not to have been handled, and its link takes no more', async t => {
  const service = new HelloService()
  let open = () => {}
  service.gate = new Promise(resolve => {
    open = resolve
  })
  const server = await serve([service], { host: '127.0.0.1' })
  const schema = serviceOf(Hello)
  const settings = { codec: thriftBinary, limits: defaultLimits, clock: systemClock, connectTimeout: 1000 }
  const dialer = thrift.bind([schema], settings)
  const link = await dialer.dial({ address: server.address }, new AbortController().signal)
  const call = (key: string, message: unknown) => {
    const method = schema.methods.find(one => one.key === key) as MethodSchema
    return link.handle(new ActiveCall({ method, message, clock: systemClock, deadline: Number.POSITIVE_INFINITY }))
  }
  const gate = call('slow', { name: 'gate', milliseconds: 0 })
  await call('ping', {})
  const closed = server.close()
  const error = (await t.throwsAsync(call('sayHello', { name: 'x' }))) as RpcError
  t.is(error.code, Code.unavailable)
  t.is(error.delivery, 'refused')
  t.false(link.open)
  t.is(((await t.throwsAsync(call('ping', {}))) as RpcError).delivery, 'unsent')
  open()
  t.is(await gate, 'gate')
  await link.close()
  await closed
})
