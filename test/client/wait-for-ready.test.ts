import test from 'ava'
import type { Resolver } from '../../src/extend.js'
import {
  Code,
  type ConnectOptions,
  disconnect,
  explain,
  failover,
  Method,
  nothing,
  RpcError,
  Service,
  WaitForReady,
  waitForReady,
  withCall,
} from '../../src/index.js'
import { outcome } from '../support/calls.js'
import { connected, unavailable } from './scripted.js'

const patient = { policies: [waitForReady(), failover({ endpoints: 2 })] }

test('a call that waits is sent when an endpoint can be dialled, however many dials fail before', async t => {
  const { scripted, clock, hello } = connected('a,b')
  let down = true
  scripted.onDial = address => {
    if (down) throw unavailable(`refused ${address}`)
  }
  const waiting = withCall(hello, { waitForReady: true }).ping()
  await clock.advance(4000)
  t.true(scripted.dials.length > 3)
  t.is(((await outcome(hello.ping())).error as RpcError).reason, 'no_endpoint')
  down = false
  await clock.advance(5000)
  await t.notThrowsAsync(waiting)
  t.is(scripted.calls.length, 1)
  await disconnect(hello)
})

test('a configuration says that calls do not wait where they are declared to, and that they do', async t => {
  const config = (waits: boolean) => ({ methodConfig: [{ name: [{}], waitForReady: waits }] })
  const refused = async (options: ConnectOptions) => {
    const { scripted, clock, hello } = connected('a', options)
    scripted.onDial = () => {
      throw unavailable('refused')
    }
    const result = outcome(hello.ping())
    await clock.advance(60_000)
    await disconnect(hello)
    return ((await result).error as RpcError).code
  }
  t.is(await refused(patient), Code.deadline_exceeded)
  t.is(await refused({ ...patient, config: config(false) }), Code.unavailable)
  t.is(await refused({ config: config(true) }), Code.deadline_exceeded)
})

test('the deadline ends the wait, and leaves no timer behind', async t => {
  const { scripted, clock, hello } = connected('a', patient)
  scripted.onDial = () => {
    throw unavailable('refused')
  }
  const waiting = outcome(withCall(hello, { timeout: '5s' }).ping())
  await clock.advance(5100)
  t.is(((await waiting).error as RpcError).code, Code.deadline_exceeded)
  t.is(clock.size, 0)
})

test('a call can say that it does not wait where its method does', async t => {
  const { scripted, hello } = connected('a', patient)
  scripted.onDial = () => {
    throw unavailable('refused')
  }
  const { error } = await outcome(withCall(hello, { waitForReady: false }).ping())
  t.is((error as RpcError).code, Code.unavailable)
})

test('it waits for a resolver that fails, too', async t => {
  let asked = 0
  const resolver: Resolver = {
    name: 'shaky',
    async *watch() {
      if (++asked < 3) throw new Error('the registry is away')
      yield [{ address: 'a:1' }]
    },
  }
  const { clock, hello } = connected('registry', { resolver, ...patient })
  const waiting = hello.ping()
  await clock.advance(10_000)
  await t.notThrowsAsync(waiting)
  t.is(asked, 3)
})

test('what a server refuses or fails is no reason to wait', async t => {
  const { scripted, hello } = connected('a', patient)
  scripted.onCall = () => {
    throw new RpcError('no more', Code.resource_exhausted, { delivery: 'refused' })
  }
  t.is(((await outcome(hello.ping())).error as RpcError).code, Code.resource_exhausted)
})

test('closing the channel ends the wait', async t => {
  const { scripted, clock, hello } = connected('a', patient)
  scripted.onDial = () => {
    throw unavailable('refused')
  }
  const waiting = outcome(hello.ping())
  await clock.advance(1)
  await disconnect(hello)
  t.is(((await waiting).error as RpcError).reason, 'channel_closed')
})

test('explain names it where the endpoint is picked', t => {
  @Service()
  class Patient {
    @Method(nothing)
    @WaitForReady()
    async ping(): Promise<void> {}
  }
  t.regex(explain(Patient), /attempt balanced\(adaptive\) \[default\] > waitForReady \[\w+\]/)
})
