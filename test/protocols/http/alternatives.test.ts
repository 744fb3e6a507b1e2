// A client of Connect without TLS goes over to HTTP/2 when the server has offered it (Alt-Svc, RFC 7838).
import { Agent, get } from 'node:http'
import test, { type ExecutionContext } from 'ava'
import { type Call, type CallObserver, connect, disconnect, type ServeOptions, serve } from '../../../src/index.js'
import { Alternatives, http2OfferOf } from '../../../src/protocols/http/client/alternatives.js'
import { VirtualClock } from '../../../src/testing/index.js'
import { Hello, HelloService } from '../../fixtures/hello.js'
import { deferred } from '../../support/deferred.js'
import { rawServer } from '../../support/raw-servers.js'
import { Relay } from '../../support/relay.js'

/** Notes from which ports calls came: over HTTP/2 they share one. */
class PortsSeen extends HelloService {
  readonly ports = new Set<string>()
  wait: Promise<void> | undefined
  entered = 0
  onEnter: (() => void) | undefined

  override async headers(request: { name: string }, call?: Call) {
    this.ports.add(String(call?.peer?.address))
    this.entered++
    this.onEnter?.()
    await this.wait
    return { message: request.name }
  }
}

async function served(t: ExecutionContext, options: ServeOptions = {}) {
  const service = new PortsSeen()
  const server = await serve([service], { host: '127.0.0.1', ...options })
  t.teardown(() => server.close())
  return { service, server }
}

function calling(t: ExecutionContext, target: string) {
  const hello = connect(Hello, target)
  t.teardown(() => disconnect(hello))
  return (name = 'x') => hello.headers({ name, tags: [] })
}

/** Calls until calls come from one port: the change takes a connection, which no call waits for. */
async function upgraded(call: () => Promise<unknown>, service: PortsSeen): Promise<void> {
  for (let round = 0; round < 1000; round++) {
    service.ports.clear()
    await Promise.all([call(), call(), call()])
    if (service.ports.size === 1) return
  }
  throw new Error('it did not go over to HTTP/2')
}

/** A relay on a port that the server's offer names, so that the client takes it. */
async function relayOf(t: ExecutionContext, address: string): Promise<Relay> {
  const port = Number(address.split(':')[1])
  const relay = await Relay.before(port)
  const own = Number(relay.address.split(':')[1])
  relay.replies = [{ from: Buffer.from(`h2c=":${port}"`), to: Buffer.from(`h2c=":${own}"`) }]
  t.teardown(() => relay.close())
  return relay
}

function prefaces({ passed }: Relay): number {
  return passed.clients.filter(chunk => chunk.subarray(0, 16).toString('latin1') === 'PRI * HTTP/2.0\r\n').length
}

test('calls go over to one HTTP/2 connection, and the next dial begins with it', async t => {
  const { service, server } = await served(t)
  const relay = await relayOf(t, server.address)
  const call = calling(t, `http://${relay.address}`)
  await upgraded(call, service)
  t.is(prefaces(relay), 1)
  relay.cut()
  await relay.idle()
  service.ports.clear()
  await Promise.all([call(), call(), call()])
  t.is(service.ports.size, 1)
  t.is(prefaces(relay), 2)
})

test('calls in flight end where they began, and those that wait for a connection go over', async t => {
  const { service, server } = await served(t)
  const gate = deferred<void>()
  const hello = connect(Hello, `http://${server.address}`, { limits: { connections: 2 } })
  t.teardown(() => disconnect(hello))
  await hello.headers({ name: 'the offer comes', tags: [] })
  service.wait = gate.promise
  const names = ['a', 'b', 'c', 'd', 'e']
  const everyoneIsThere = new Promise<void>(resolve => {
    service.onEnter = () => service.entered === 1 + names.length && resolve()
  })
  const replies = Promise.all(names.map(name => hello.headers({ name, tags: [] })))
  await everyoneIsThere
  gate.resolve()
  t.deepEqual(
    (await replies).map(({ message }) => message),
    names,
  )
})

test('a server that does not speak HTTP/2 there after all is asked once, and no call is lost', async t => {
  const { service, server } = await served(t)
  const relay = await relayOf(t, server.address)
  relay.requests = [{ from: Buffer.from('PRI * HTTP/2.0'), to: Buffer.from('BAD * HTTP/2.0') }]
  const call = calling(t, `http://${relay.address}`)
  for (let round = 0; round < 20; round++) await Promise.all([call(), call(), call()])
  while (prefaces(relay) === 0) await call()
  relay.cut()
  await relay.idle()
  for (let round = 0; round < 5; round++) await Promise.all([call(), call(), call()])
  t.is(prefaces(relay), 1)
  t.true(service.ports.size > 1)
})

test('a server that came back without HTTP/2 is called over HTTP/1.1', async t => {
  const { service, server } = await served(t)
  const relay = await relayOf(t, server.address)
  const call = calling(t, `http://${relay.address}`)
  await upgraded(call, service)
  relay.requests = [{ from: Buffer.from('PRI * HTTP/2.0'), to: Buffer.from('BAD * HTTP/2.0') }]
  relay.cut()
  await relay.idle()
  service.ports.clear()
  await Promise.all([call(), call(), call()])
  t.is(service.ports.size, 3)
  t.is(prefaces(relay), 2)
})

test('an offer of another port is not taken', async t => {
  const { server } = await served(t)
  const relay = await Relay.before(Number(server.address.split(':')[1]))
  t.teardown(() => relay.close())
  const call = calling(t, `http://${relay.address}`)
  for (let round = 0; round < 5; round++) await Promise.all([call(), call(), call()])
  t.is(prefaces(relay), 0)
})

test('version=1.1 stays with HTTP/1.1, and a client of one call opens one connection', async t => {
  const { server } = await served(t)
  const relay = await relayOf(t, server.address)
  const call = calling(t, `http://${relay.address}?version=1.1`)
  for (let round = 0; round < 5; round++) await Promise.all([call(), call(), call()])
  const once = calling(t, `http://${relay.address}`)
  await once()
  t.is(prefaces(relay), 0)
})

test('disconnect does not wait for a server that says nothing to the preface', async t => {
  const asked = deferred<void>()
  const { address, port } = await rawServer(t, socket => {
    socket.on('data', chunk => {
      if (chunk.subarray(0, 3).toString() === 'PRI') asked.resolve()
      else socket.write(`${reply}alt-svc: h2c=":${port}"\r\n\r\n{"message":"there"}`)
    })
  })
  const hello = connect(Hello, `http://${address}`)
  await hello.headers({ name: 'the offer comes', tags: [] })
  await hello.headers({ name: 'the change begins', tags: [] })
  await asked.promise
  t.is((await hello.headers({ name: 'calls go on', tags: [] })).message, 'there')
  await disconnect(hello)
})

test('a server that leaves with its first bytes in HTTP/2 is called over HTTP/1.1', async t => {
  const asked = deferred<void>()
  // SETTINGS, and GOAWAY before any stream.
  const farewell = Buffer.from('000000040000000000' + '0000080700000000000000000000000000', 'hex')
  const { address, port } = await rawServer(t, socket => {
    socket.on('data', chunk => {
      if (chunk.subarray(0, 3).toString() === 'PRI') {
        asked.resolve()
        socket.end(farewell)
      } else socket.write(`${reply}alt-svc: h2c=":${port}"\r\n\r\n{"message":"there"}`)
    })
  })
  const call = calling(t, `http://${address}`)
  await call()
  await call()
  await asked.promise
  for (let nth = 0; nth < 20; nth++) t.is((await call()).message, 'there')
})

test('observers are told why a connection ended to which calls had gone over', async t => {
  const { service, server } = await served(t)
  const reasons = deferred<string | undefined>()
  const observer: CallObserver = {
    callBegan: () => undefined,
    connectionChanged: ({ state, reason }) => state === 'disconnected' && reasons.resolve(reason),
  }
  const hello = connect(Hello, `http://${server.address}`, { observers: [observer] })
  t.teardown(() => disconnect(hello))
  await upgraded(() => hello.headers({ name: 'x', tags: [] }), service)
  await server.close()
  t.is(await reasons.promise, 'GOAWAY NO_ERROR')
})

const reply = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 19\r\n'

test('a port offers HTTP/2 in the first reply of a connection, with gRPC and without', async t => {
  for (const options of [{}, { protocols: ['http'] }]) {
    const { server } = await served(t, options)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    t.teardown(() => agent.destroy())
    const offer = () =>
      new Promise<string | undefined>((resolve, reject) => {
        const asked = get(`http://${server.address}/healthz`, { agent }, reply => {
          reply.resume().once('end', () => resolve(reply.headers['alt-svc']))
        })
        asked.once('error', reject)
      })
    t.is(await offer(), `h2c=":${server.address.split(':')[1]}"`)
    t.is(await offer(), undefined)
  }
})

test('an offer is read as RFC 7838 writes it', t => {
  t.deepEqual(http2OfferOf('h2c=":8080"'), { port: 8080, lasts: 86_400_000 })
  t.deepEqual(http2OfferOf('h3=":443"; ma=60, h2c=":80"; persist=1; ma=3600'), { port: 80, lasts: 3_600_000 })
  for (const other of [
    'clear',
    '',
    'h2=":443"',
    'h2c="other.example:80"',
    'h2c=":123456"',
    'h2c=:80',
    ','.repeat(10_000),
  ])
    t.is(http2OfferOf(other), undefined, other.slice(0, 30))
})

test('a failure is remembered for ten minutes, an offer for as long as it says, and no more than a thousand endpoints', async t => {
  const clock = new VirtualClock()
  const alternatives = new Alternatives(clock)
  alternatives.succeeded('a', 1000)
  alternatives.failed('b')
  t.deepEqual([alternatives.speaksHttp2('a'), alternatives.speaksHttp2('b')], [true, false])
  await clock.advance(1000)
  t.deepEqual([alternatives.speaksHttp2('a'), alternatives.speaksHttp2('b')], [undefined, false])
  await clock.advance(599_000)
  t.is(alternatives.speaksHttp2('b'), undefined)
  alternatives.failed('first')
  for (let at = 0; at < 1000; at++) alternatives.failed(`endpoint ${at}`)
  t.is(alternatives.speaksHttp2('first'), undefined)
  t.is(alternatives.speaksHttp2('endpoint 0'), false)
})
