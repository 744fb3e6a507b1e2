import { connect as connectSocket } from 'node:net'
import test from 'ava'
import Koa from 'koa'
import { request } from 'undici'
import {
  Code,
  connect,
  disconnect,
  Field,
  koaMiddleware,
  Message,
  Method,
  nothing,
  RpcError,
  Service,
  serve,
  string,
  withCall,
} from '../../src/index.js'
import { Hello, HelloService } from '../fixtures/hello.js'
import { outcome } from '../support/calls.js'

const local = { host: '127.0.0.1', report: () => {} }

test('a class is served on a free port and called over http', async t => {
  const server = await serve([HelloService], local)
  const hello = connect(Hello, `http://${server.address}`)
  t.is((await hello.sayHello({ name: 'World', tags: [] })).message, 'Hello, World!')
  t.true(server.port > 0)
  t.true(server.protocols.includes('http'))
  await disconnect(hello)
  await server.close()
})

test('curl is enough: a plain POST of JSON', async t => {
  const server = await serve([HelloService], local)
  const { statusCode, body } = await request(`http://${server.address}/hello.Hello/SayHello`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"curl"}',
  })
  t.is(statusCode, 200)
  t.deepEqual(await body.json(), { message: 'Hello, curl!' })
  await server.close()
})

test('what is no RPC is a 404 that says so', async t => {
  const server = await serve([HelloService], local)
  const { statusCode, body } = await request(`http://${server.address}/favicon.ico`)
  t.is(statusCode, 404)
  t.regex(await body.text(), /nothing is served at GET \/favicon.ico/)
  await server.close()
})

test("an app's routes live beside RPC ones, and its middleware runs for both", async t => {
  const app = new Koa()
  const seen: string[] = []
  app.use(async (context, next) => {
    seen.push(context.path)
    await next()
    seen.push(`${context.path} ended`)
  })
  app.use((context, next) => {
    if (context.path !== '/hi') return next()
    context.body = 'hi from koa'
    return undefined
  })
  const server = await serve([HelloService], { ...local, koa: app })
  const hello = connect(Hello, `http://${server.address}`)
  t.is(await (await request(`http://${server.address}/hi`)).body.text(), 'hi from koa')
  t.is(await hello.divide(1, 2), 0.5)
  t.deepEqual(seen, ['/hi', '/hi ended', '/hello.Hello/Divide', '/hello.Hello/Divide ended'])
  await disconnect(hello)
  await server.close()
})

test('koaMiddleware puts services into an app one has', async t => {
  const app = new Koa()
  app.use(koaMiddleware([HelloService]))
  app.use(context => {
    context.body = `koa: ${context.path}`
  })
  const listening = app.listen(0, '127.0.0.1')
  await new Promise(resolve => listening.once('listening', resolve))
  const address = listening.address() as { port: number }
  const hello = connect(Hello, `http://127.0.0.1:${address.port}`)
  t.is((await hello.sayHello({ name: 'Koa', tags: [] })).message, 'Hello, Koa!')
  t.is(await (await request(`http://127.0.0.1:${address.port}/else`)).body.text(), 'koa: /else')
  await disconnect(hello)
  listening.closeAllConnections()
  await new Promise(resolve => listening.close(resolve))
})

test('close lets calls in flight end and refuses new ones in a way that another replica can take', async t => {
  const service = new HelloService()
  let release: () => void = () => {}
  let arrived: () => void = () => {}
  const inside = new Promise<void>(resolve => {
    arrived = resolve
  })
  service.ping = () => {
    arrived()
    return new Promise(resolve => {
      release = resolve
    })
  }
  const server = await serve([service], local)
  const hello = connect(Hello, `http://${server.address}`)
  const ping = hello.ping()
  await inside
  const closed = server.close()
  const refused = (await outcome(hello.divide(1, 1))).error as RpcError
  t.is(refused.code, Code.unavailable)
  t.not(refused.delivery, 'unknown')
  release()
  await t.notThrowsAsync(ping)
  await closed
  await disconnect(hello)
})

test('a call that outlives the drain limit is cancelled', async t => {
  const service = new HelloService()
  const stopped = new Promise<void>(resolve => {
    service.onStop = resolve
  })
  const arrived = new Promise<void>(resolve => {
    const hang = service.hang.bind(service)
    service.hang = call => {
      resolve()
      return hang(call)
    }
  })
  const server = await serve([service], { ...local, limits: { drainTimeout: 20 } })
  const hello = connect(Hello, `http://${server.address}`)
  const hanging = outcome(hello.hang())
  await arrived
  await server.close()
  await stopped
  t.is(((await hanging).error as RpcError).code, Code.unavailable)
  await disconnect(hello)
})

test('a server is reached over a Unix socket', async t => {
  const path = `/tmp/polywire-test-${process.pid}.sock`
  const server = await serve([HelloService], { path })
  t.is(server.address, `unix:${path}`)
  const hello = connect(Hello, { protocol: 'http', endpoints: [server.address] })
  t.is(await hello.divide(9, 3), 3)
  await disconnect(hello)
  await server.close()
})

test('a port that is taken is an error of serve', async t => {
  const first = await serve([HelloService], local)
  const error = await t.throwsAsync(serve([HelloService], { ...local, port: first.port }))
  const message = `serve: cannot listen on ${local.host}, port ${first.port} (EADDRINUSE): another program listens there; stop it, or listen elsewhere (port 0 is any free port)`
  t.like(error, { message, code: 'EADDRINUSE' })
  await first.close()
})

test('the next call works after a peer that sends nonsense', async t => {
  const server = await serve([HelloService], local)
  const hello = connect(Hello, `http://${server.address}`)
  for (const bytes of ['\0\0\0\0\0\0\0\0nonsense\n', 'GET', 'POST / HTTP/9.9\r\n\r\n', '\x16\x03\x01\x02\x00\x01']) {
    const socket = connectSocket(server.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.resume().end(bytes, 'latin1')
    await new Promise(resolve => socket.once('close', resolve))
  }
  t.is(await hello.divide(1, 2), 0.5)
  await disconnect(hello)
  await server.close()
})

test('deadline and cancellation of the call being served flow into the calls it makes', async t => {
  const inner = new HelloService()
  const innerStopped = new Promise<void>(resolve => {
    inner.onStop = resolve
  })
  let left = Number.POSITIVE_INFINITY
  const controller = new AbortController()
  const hang = inner.hang.bind(inner)
  inner.hang = call => {
    left = (call?.deadline ?? 0) - (call?.clock.now() ?? 0)
    const hanging = hang(call)
    controller.abort()
    return hanging
  }
  const innerServer = await serve([inner], { ...local, memory: 'flow-inner' })
  const remote = connect(Hello, 'memory://flow-inner')
  const outer = new HelloService()
  outer.hang = () => remote.hang()
  const outerServer = await serve([outer], local)
  const hello = connect(Hello, `http://${outerServer.address}`)
  const error = (await outcome(withCall(hello, { timeout: '20s', signal: controller.signal }).hang())).error as RpcError
  t.is(error.code, Code.canceled)
  await innerStopped
  t.true(left > 0 && left <= 20_000, `${left} ms were left, and not the default of 30 s`)
  await Promise.all([disconnect(hello), disconnect(remote), innerServer.close(), outerServer.close()])
})

@Message()
class Note {
  @Field(1, string) text!: string
}

@Service('hello.Hello')
class Impostor {
  @Method({ accepts: Note, returns: nothing }) async note(): Promise<void> {}
}

class Bare {
  async note(): Promise<void> {}
}

test('mistakes are found at start-up', async t => {
  const failure = async (services: object[], options = {}) =>
    (await t.throwsAsync(serve(services, { port: false, ...options }))) as RpcError
  t.regex(
    (await failure([HelloService, Impostor])).message,
    /class Impostor: the service name hello\.Hello is already used by class HelloService/,
  )
  t.is((await failure([Bare])).reason, 'not_a_service')
  t.regex(
    (await failure([HelloService], { protocols: ['telepathy'] })).message,
    /no protocol "telepathy"; it can be .*http/,
  )
  await serve([HelloService], { port: false, memory: 'taken' })
  t.is((await failure([HelloService], { memory: 'taken' })).reason, 'name_in_use')
})
