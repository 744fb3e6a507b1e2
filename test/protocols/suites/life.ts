import { randomBytes } from 'node:crypto'
import test from 'ava'
import { Code, disconnect, RpcError, withCall } from '../../../src/index.js'
import { VirtualClock } from '../../../src/testing/virtual-clock.js'
import { Greeter } from '../../fixtures/greeter.js'
import { Hello as Streams, HelloService as StreamsService } from '../../fixtures/hello.js'
import { Interop, InteropService, Record } from '../../fixtures/interop.js'
import { transportWires, type Wire, wireName, wiresOf } from '../../matrix/wires.js'
import { failure, outcome, until } from '../../support/calls.js'
import { deferred } from '../../support/deferred.js'
import { deadAddress, rawServer } from '../../support/raw-servers.js'
import type { Muted } from '../../support/relay.js'
import { rig } from '../rig.js'

/** How connections and calls begin and end, over every transport of a protocol. */
export function life(protocol: string): void {
  for (const wire of wiresOf(protocol, transportWires)) {
    drain(wire)
    givenUp(wire)
    tooLate(wire)
    if (wire.lacks.streams === undefined) {
      leftStreams(wire)
      backPressure(wire)
    }
    if (protocol === 'memory') continue
    absentServer(wire)
    lostConnection(wire)
    if (wire.lacks.reuse !== undefined) continue
    for (const muted of ['clients', 'server', 'both'] as const) silence(wire, muted)
  }
}

const greeter = () => ({ contract: Greeter, service: new Greeter() })
const streams = () => ({ contract: Streams, service: new StreamsService() })

function drain(wire: Wire): void {
  test.serial(`a server that drains answers the calls in flight and takes no more: ${wireName(wire)}`, async t => {
    const { remote, service, server } = await rig(t, wire, {
      ...greeter(),
      server: { limits: { drainTimeout: '20s' } },
    })
    let open = () => {}
    service.gate = new Promise(resolve => (open = resolve))
    const gate = remote.slow('gate', 0)
    await until(() => service.calls === 1)
    const closed = server.close()
    const crossing = outcome(remote.greet('late'))
    open()
    t.is(await gate, 'gate')
    const { value, error } = await crossing
    // A call that crosses the GOAWAY of HTTP/2 is still served.
    if (value !== undefined) t.is(value, 'Hello, late!')
    else t.not((error as RpcError).delivery, 'unknown')
    await closed
    t.is((await failure(remote.ping())).code, Code.unavailable)
    t.is(service.calls, value === undefined ? 1 : 2)
  })

  test.serial(`a drain that takes too long cancels what is left: ${wireName(wire)}`, async t => {
    const { remote, service, server } = await rig(t, wire, { ...greeter(), server: { limits: { drainTimeout: 30 } } })
    const call = failure(remote.slow('never', -1))
    await until(() => service.calls === 1)
    await server.close()
    t.is((await call).code, Code.unavailable)
    await until(() => service.cancelled === 1)
  })
}

function givenUp(wire: Wire): void {
  test.serial(`a call whose deadline passes leaves its connection to others: ${wireName(wire)}`, async t => {
    const { remote } = await rig(t, wire, greeter())
    await remote.ping()
    t.is((await failure(withCall(remote, { timeout: '20ms' }).slow('late', 60))).code, Code.deadline_exceeded)
    t.is(await remote.slow('next', 80), 'next')
  })
}

function tooLate(wire: Wire): void {
  test.serial(`a call whose deadline has passed never reaches the handler: ${wireName(wire)}`, async t => {
    const { remote, service } = await rig(t, wire, greeter())
    const error = await failure(withCall(remote, { timeout: 0 }).greet('late'))
    t.is(error.code, Code.deadline_exceeded)
    t.is(error.delivery, 'unsent')
    t.is(await remote.greet('next'), 'Hello, next!')
    t.is(service.calls, 1)
  })
}

/** How a caller gives up in the middle of its upload; called when the third part is asked for. */
const ways: { readonly [way: string]: (abort: AbortController) => Promise<void> } = {
  aborts: async abort => {
    abort.abort()
    await new Promise<never>(() => {})
  },
  'has a source that throws': async () => {
    throw new Error('disk')
  },
  'runs out of time': () => new Promise<never>(() => {}),
}

/** Notes how the stream of requests ended. */
class Uploads extends StreamsService {
  ended = deferred<string>()

  override async add(...[parts]: Parameters<Streams['add']>): Promise<number> {
    try {
      const sum = await super.add(parts)
      this.ended.resolve('whole')
      return sum
    } catch (error) {
      this.ended.resolve(error instanceof RpcError ? String(Code[error.code]) : String(error))
      throw error
    }
  }
}

function leftStreams(wire: Wire): void {
  test.serial(`a stream that its reader leaves is cancelled on the server: ${wireName(wire)}`, async t => {
    const { remote, service } = await rig(t, wire, streams())
    for await (const { n } of remote.watch(1_000_000)) if (n === 3) break
    await until(() => service.stopped === 1)
    t.is(await remote.ping(), undefined)
  })

  for (const [way, giveUp] of Object.entries(ways)) {
    test.serial(`an upload whose caller ${way} does not look whole to the handler: ${wireName(wire)}`, async t => {
      const { remote, service } = await rig(t, wire, { contract: Streams, service: new Uploads() })
      // So that nothing is loaded or connected within the time of the call that counts.
      await remote.ping()
      const abort = new AbortController()
      async function* parts() {
        yield { n: 1 }
        yield { n: 2 }
        await giveUp(abort)
        yield { n: 3 }
      }
      const timeout = way === 'runs out of time' ? '1s' : '30s'
      t.truthy(await failure(withCall(remote, { signal: abort.signal, timeout }).add(parts())))
      const ended = await service.ended.promise
      t.true(['canceled', 'deadline_exceeded'].includes(ended), ended)
    })
  }
}

const filler = 'x'.repeat(50_000)
/** Of `filler`: many times what sockets and windows take ahead. */
const many = 2000

class Paced extends InteropService {
  made = 0
  readonly gate = deferred<void>()

  override async *count() {
    while (this.made < many) {
      this.made++
      yield Record.of({ name: filler })
    }
  }

  override async sum(records: AsyncIterable<Record>) {
    await this.gate.promise
    return super.sum(records)
  }
}

function backPressure(wire: Wire): void {
  test.serial(`a stream that nobody reads stops its handler until somebody does: ${wireName(wire)}`, async t => {
    const { remote, service } = await rig(t, wire, { contract: Interop, service: new Paced() })
    const stream = remote.count({ upTo: 0, fail: false })[Symbol.asyncIterator]()
    await stream.next()
    await settled(() => service.made)
    t.true(service.made < many, `${service.made} were made ahead`)
    let read = 1
    while (!(await stream.next()).done) read++
    t.is(read, many)
  })

  test.serial(`a stream of requests is taken no faster than its handler reads: ${wireName(wire)}`, async t => {
    const { remote, service } = await rig(t, wire, { contract: Interop, service: new Paced() })
    let sent = 0
    async function* records() {
      while (sent < many) {
        sent++
        yield Record.of({ name: filler, total: 1n })
      }
    }
    const sum = remote.sum(records())
    await settled(() => sent)
    t.true(sent < many, `${sent} were taken ahead`)
    service.gate.resolve()
    t.like(await sum, { total: BigInt(many) })
  })
}

/** Resolves once a count that grows has stopped growing. */
async function settled(count: () => number): Promise<void> {
  for (let [before, calm] = [count(), 0]; calm < 3; before = count()) {
    await new Promise(resolve => setTimeout(resolve, 100))
    calm = count() === before ? calm + 1 : 0
  }
}

function absentServer(wire: Wire): void {
  test.serial(`a server that is not there is named, with the method that was called: ${wireName(wire)}`, async t => {
    const { connect } = await rig(t, wire, greeter())
    const address = await deadAddress()
    const error = await failure(connect(Greeter, {}, { endpoints: [address] }).ping())
    // A busy machine may have the channel try it twice, and then name both tries.
    t.like(error, { code: Code.unavailable, delivery: 'unsent' })
    t.true(error.message.startsWith('/greeter.Greeter/Ping: '), error.message)
    t.true(
      error.message.includes(`cannot connect to ${address}: nothing listens there; start the server`),
      error.message,
    )
  })

  test.serial(`disconnect does not wait for a server that accepts and says nothing: ${wireName(wire)}`, async t => {
    t.timeout(60_000)
    const spoken = deferred<void>()
    const { address } = await rawServer(t, socket => socket.on('data', () => spoken.resolve()))
    const { connect } = await rig(t, wire, greeter())
    const remote = connect(Greeter, { connectTimeout: '1h' }, { endpoints: [address] })
    const abort = new AbortController()
    const call = failure(withCall(remote, { signal: abort.signal }).ping())
    await spoken.promise
    abort.abort()
    t.is((await call).code, Code.canceled)
    await disconnect(remote)
  })
}

function lostConnection(wire: Wire): void {
  test.serial(
    `a lost connection fails its calls on both sides at once, and the next call dials: ${wireName(wire)}`,
    async t => {
      const { remote, service, relay } = await rig(t, wire, { ...greeter(), isRelayed: true })
      const calls = Array.from({ length: 10 }, () => failure(remote.slow('never', -1)))
      await until(() => service.calls === 10)
      relay?.cut()
      for (const error of await Promise.all(calls)) {
        t.like(error, { code: Code.unavailable, reason: 'connection_lost', delivery: 'unknown' })
        t.regex(error.message, /Slow: the connection to 127\.0\.0\.1:\d+ was lost/)
      }
      await until(() => service.cancelled === 10)
      t.is(await remote.greet('again'), 'Hello, again!')
    },
  )

  test.serial(`a reply that breaks off fails its call, and the next call dials: ${wireName(wire)}`, async t => {
    const { remote, relay } = await rig(t, wire, { ...greeter(), client: { policies: [] }, isRelayed: true })
    if (relay === undefined) return t.fail()
    const size = () => Buffer.concat(relay.passed.server).length
    await remote.greet('first')
    const before = size()
    // What a connection that is compressed has carried before takes only a few bytes.
    const whole = () => randomBytes(30).toString('hex')
    await remote.greet(whole())
    // Without a connection to reuse, its handshake comes before the reply, so that only its end may break off, and only one call gets there.
    const isReused = wire.lacks.reuse === undefined
    relay.repliesLeft = isReused ? (size() - before) >> 1 : size() - before - 8
    for (const error of await Promise.all(
      Array.from({ length: isReused ? 5 : 1 }, () => failure(remote.greet(whole()))),
    ))
      t.like(error, { code: Code.unavailable, delivery: 'unknown' })
    relay.repliesLeft = Number.POSITIVE_INFINITY
    t.is(await remote.greet('again'), 'Hello, again!')
  })

  test.serial(`an idle connection is closed, and the next call dials: ${wireName(wire)}`, async t => {
    const clock = new VirtualClock()
    const server = { clock, limits: { idleTimeout: 10_000 } }
    const { remote, relay } = await rig(t, wire, { ...greeter(), server, isRelayed: true })
    await remote.ping()
    await clock.advance(30_000)
    await relay?.idle()
    t.is(await remote.greet('again'), 'Hello, again!')
  })
}

function silence(wire: Wire, muted: Muted): void {
  test(`calls leave a connection that fell silent: ${wireName(wire)}, ${muted}`, async t => {
    t.timeout(60_000)
    const client = { keepalive: { timeout: '100ms' } } as const
    const { remote, relay } = await rig(t, wire, { ...greeter(), client, isRelayed: true })
    await remote.ping()
    // The client has taken the connection back by then.
    await new Promise(setImmediate)
    relay?.mute(muted)
    const impatient = withCall(remote, { timeout: '200ms' })
    t.is((await failure(impatient.ping())).code, Code.deadline_exceeded)
    // HTTP/2 waits for the answer to a PING, and its watchdog looks every second; the others wait for a second of silence.
    let failed = 0
    while (failed < 40 && (await outcome(impatient.ping())).error !== undefined) failed++
    t.true(failed < 40, 'every further call failed')
  })
}
