// A file of its own, since it changes the wall clock of its process.
import test from 'ava'
import {
  Code,
  circuitBreaker,
  connect,
  disconnect,
  RpcError,
  rateLimit,
  retry,
  serve,
  timeout,
  withCall,
} from '../../src/index.js'
import { Hello, HelloService } from '../fixtures/hello.js'
import { outcome } from '../support/calls.js'
import { connected, unavailable } from './scripted.js'

const day = 86_400_000

test.serial('the wall clock may jump either way: what waits goes by another one', async t => {
  const wall = Date.now
  t.teardown(() => {
    Date.now = wall
  })
  const server = await serve([HelloService], { host: '127.0.0.1', report: () => {} })
  for (const protocol of ['grpc', 'http']) {
    const hello = connect(Hello, `${protocol}://${server.address}`, { policies: [timeout('200ms'), retry()] })
    // The first call of a process loads undici, which may take longer than the timeout under test.
    await withCall(hello, { timeout: '20s' }).divide(1, 2)
    for (const jump of [-day, day]) {
      Date.now = () => wall() + jump
      t.is(await withCall(hello, { timeout: '20s' }).divide(1, 2), 0.5)
      const began = performance.now()
      t.is(((await outcome(hello.hang())).error as RpcError).code, Code.deadline_exceeded)
      const took = performance.now() - began
      t.true(took >= 199 && took < 20_000, `${took}`)
    }
    Date.now = wall
    await disconnect(hello)
  }
  await server.close()
})

test('after a sleep of a day an open circuit is tried again, a limit has its burst and an endpoint is dialled', async t => {
  const { hello, scripted, clock } = connected('a:1', { policies: [circuitBreaker({ minimumCalls: 1 })] })
  scripted.onCall = () => {
    throw new RpcError('a bug', Code.internal)
  }
  await outcome(hello.ping())
  t.is(((await outcome(hello.ping())).error as RpcError).code, Code.unavailable, 'the circuit is open')
  scripted.onCall = () => undefined
  await clock.advance(day)
  t.is((await outcome(hello.ping())).error, undefined)
  scripted.onDial = () => {
    throw unavailable('refused')
  }
  scripted.links[0]?.onClose?.(unavailable('reset'))
  await outcome(hello.ping())
  scripted.onDial = () => {}
  await clock.advance(day)
  t.is((await outcome(hello.ping())).error, undefined)
  await disconnect(hello)
})

test('a limit has no more than its burst after a sleep of a day', async t => {
  const { clock } = connected('a:1')
  const server = await serve([HelloService], {
    port: false,
    memory: 'slept',
    clock,
    policies: [rateLimit({ rate: 1, burst: 3 })],
  })
  const hello = connect(Hello, 'memory://slept', { clock })
  const passed = async () => {
    let count = 0
    for (let n = 0; n < 10; n++) if ((await outcome(hello.ping())).error === undefined) count++
    return count
  }
  t.is(await passed(), 3)
  await clock.advance(day)
  t.is(await passed(), 3)
  await disconnect(hello)
  await server.close()
})
