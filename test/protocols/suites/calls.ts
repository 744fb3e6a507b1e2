import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import {
  Arg,
  type Call,
  Code,
  Field,
  int32,
  Message,
  Method,
  nothing,
  peerReason,
  RateLimit,
  RpcError,
  Service,
  string,
  Throws,
  withCall,
} from '../../../src/index.js'
import { VirtualClock } from '../../../src/testing/virtual-clock.js'
import { authority as ca, server as certificate } from '../../fixtures/certificates.js'
import { DivisionByZero, Greeter } from '../../fixtures/greeter.js'
import { numbers, Hello as Streams, HelloService as StreamsService, ticks } from '../../fixtures/hello.js'
import { plainWires, type Wire, wireName, wiresOf } from '../../matrix/wires.js'
import { failure } from '../../support/calls.js'
import { deferred } from '../../support/deferred.js'
import { rig } from '../rig.js'

/**
 * What a call can do, over every way to speak a protocol; its codecs make a difference only to what is said. `test/matrix` asks more of each call kind: deadlines, cancellation, retries and
 * limits.
 */
export function calls(protocol: string): void {
  for (const wire of wiresOf(protocol)) {
    results(wire)
    errors(wire)
  }
  for (const wire of wiresOf(protocol, plainWires)) {
    refusals(wire)
    if (wire.lacks.headers === undefined) headers(wire)
    if (wire.lacks.streams === undefined) streams(wire)
    concurrency(wire)
    mistakes(wire)
    // Without frames nobody knows where a message ends that is not read, so its connection is lost.
    if (wire.options.transport !== 'buffered' && wire.options.transport !== 'zlib') limited(wire)
    if (protocol === 'memory') continue
    unixSocket(wire)
    secure(wire)
  }
}

const greeter = () => ({ contract: Greeter, service: new Greeter() })

function results(wire: Wire): void {
  test.serial(`arguments and results, empty, large and none: ${wireName(wire)}`, async t => {
    const { remote } = await rig(t, wire, greeter())
    t.true(remote instanceof Greeter)
    t.is(await remote.greet('World'), 'Hello, World!')
    t.is(await remote.greet(''), 'Hello, !')
    t.is(await remote.divide(1, 4), 0.25)
    for (const edge of [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n]) t.is(await remote.add(edge, 0n), edge)
    t.is(await remote.ping(), undefined)
    t.deepEqual([await remote.maybe(true), await remote.maybe(false)], ['there', undefined])
    t.is((await remote.reverse(new Uint8Array(0))).length, 0)
    const large = new Uint8Array(1024 * 1024).map((_, at) => at % 251)
    t.true(Buffer.from(large.toReversed()).equals(await remote.reverse(large)))
    await remote.notify('seen')
    t.is(await remote.lastNotice(), 'seen')
  })
}

/** As a Thrift file has it: `exception NotFound { 1: string message, 2: i32 shelf }`. */
@Message('library.NotFound', { code: 'not_found', message: 1 })
class NotFound extends RpcError {
  @Field(2, int32) shelf = 0
  @Field(3, string) override name = ''
}

@Message('library.Sealed', { code: 'permission_denied', message: { number: 4, name: 'reason' } })
class Sealed extends RpcError {}

@Service('library.Library')
class Library {
  @Method(string)
  @Throws(NotFound, Sealed)
  async find(@Arg(1, 'title', string) title: string): Promise<string> {
    if (title === 'sealed') throw Sealed.of('sealed until 2030')
    throw NotFound.of(`there is no ${title}`, { shelf: 3, name: title })
  }
}

function errors(wire: Wire): void {
  test.serial(`declared errors, others, and those that say nothing: ${wireName(wire)}`, async t => {
    const { remote, reported } = await rig(t, wire, greeter())
    const declared = await failure(remote.divide(7, 0))
    t.true(declared instanceof DivisionByZero)
    t.like(declared, { dividend: 7, message: 'cannot divide by zero', code: Code.invalid_argument })
    const undeclared = await failure(remote.fail('undeclared'))
    t.false(undeclared instanceof DivisionByZero)
    t.is(undeclared.code, Code.invalid_argument)
    const failed = await failure(remote.fail('not_found'))
    t.like(failed, { code: Code.not_found, message: 'failed with not_found' })
    t.is(failed.headers?.get('x-why'), 'not_found')
    t.is(reported.length, 0)
    const internal = await failure(remote.fail('error'))
    t.is(internal.code, Code.internal)
    t.notRegex(`${internal.message} ${JSON.stringify(internal.details)}`, /secret/)
    t.is(reported.length, 1)
  })

  test.serial(`a declared error has its message, its code and a field called name: ${wireName(wire)}`, async t => {
    const { remote } = await rig(t, wire, { contract: Library, service: new Library() })
    const error = await failure(remote.find('Emma'))
    t.true(error instanceof NotFound)
    t.like(error, { message: 'there is no Emma', code: Code.not_found, shelf: 3, name: 'Emma' })
    const sealed = await failure(remote.find('sealed'))
    t.true(sealed instanceof Sealed)
    t.like(sealed, { message: 'sealed until 2030', code: Code.permission_denied })
  })
}

@Service('test.Limited')
class Limited {
  @Method(nothing) @RateLimit({ rate: 1, burst: 1 }) async ping(): Promise<void> {}

  @Method({ accepts: string, returns: string }) async echo(text: string): Promise<string> {
    return text
  }

  @Method(nothing) async fail(): Promise<void> {
    throw new RpcError('no', Code.resource_exhausted)
  }
}

function refusals(wire: Wire): void {
  test.serial(`a refusal tells its caller the reason: ${wireName(wire)}`, async t => {
    const server = { limits: { messageBytes: 10_000 }, clock: new VirtualClock() }
    const { remote } = await rig(t, wire, { contract: Limited, service: new Limited(), server })
    const reasonOf = async (call: Promise<unknown>) => {
      const error = await failure(call)
      t.is(error.code, Code.resource_exhausted, error.message)
      return peerReason(error)
    }
    await remote.ping()
    t.is(await reasonOf(remote.ping()), 'rate_limited')
    // Thrift and Avro over HTTP answer a body that is too large by 413, before there is a message.
    const ofLarge = wire.options.transport === 'http' ? undefined : 'message_too_large'
    t.is(await reasonOf(remote.echo('x'.repeat(40_000))), ofLarge)
    t.is(await reasonOf(remote.fail()), undefined, 'an error of the handler')
  })
}

function headers(wire: Wire): void {
  test.serial(`headers and trailers, repeated ones and bytes: ${wireName(wire)}`, async t => {
    const { remote } = await rig(t, wire, greeter())
    let call: Call | undefined
    const given = { headers: { 'x-in': ['a', 'b'], 'x-b-bin': new Uint8Array([0, 255]) } }
    const seen = withCall(remote, { ...given, onEnd: ended => (call = ended) })
    t.is(await seen.heard('x-in'), 'a,b')
    t.is(call?.replyHeaders.get('x-head'), 'first')
    t.deepEqual([...(call?.replyHeaders.get('x-bytes-bin') ?? [])], [1, 2, 255])
    t.deepEqual([call?.replyTrailers.get('x-tail'), call?.replyHeaders.has('x-tail')], ['last', false])
  })
}

function streams(wire: Wire): void {
  test.serial(`streams out, in and both: ${wireName(wire)}`, async t => {
    const { remote } = await rig(t, wire, { contract: Streams, service: new StreamsService() })
    t.deepEqual(await numbers(remote.watch(100)), upTo(100))
    t.deepEqual(await numbers(remote.watch(0)), [])
    t.is(await remote.add(ticks(...upTo(10))), 55)
    t.is(await remote.add(ticks()), 0)
    t.deepEqual(await numbers(remote.chat(ticks(1, 2, 3))), [2, 4, 6])
  })

  test.serial(`both directions of a stream at once: ${wireName(wire)}`, async t => {
    const { remote } = await rig(t, wire, { contract: Streams, service: new StreamsService() })
    let answer = deferred<number>()
    async function* asked() {
      for (let n = 1; n < 5; answer = deferred()) {
        yield { n }
        n = await answer.promise
      }
    }
    const seen: number[] = []
    for await (const { n } of remote.chat(asked())) {
      seen.push(n)
      answer.resolve(n)
    }
    t.deepEqual(seen, [2, 4, 8])
  })
}

function concurrency(wire: Wire): void {
  test.serial(`many calls at once get each its own reply, beside one that waits: ${wireName(wire)}`, async t => {
    const { remote, service } = await rig(t, wire, greeter())
    let open = () => {}
    service.gate = new Promise(resolve => (open = resolve))
    const gate = remote.slow('gate', 0)
    // Where replies keep the order of their calls, those behind the one that waits wait too.
    if (wire.isOrdered) open()
    const names = upTo(200).map(String)
    t.deepEqual(await Promise.all(names.map(name => remote.greet(name))), names.map(greetingOf))
    open()
    t.is(await gate, 'gate')
  })
}

function mistakes(wire: Wire): void {
  test.serial(
    `an argument that does not fit is refused before it is sent, and harms no other call: ${wireName(wire)}`,
    async t => {
      const { remote, service } = await rig(t, wire, greeter())
      await remote.ping()
      const say = remote.greet.bind(remote) as (...given: unknown[]) => Promise<string>
      const [one, bad, surplus, other] = await Promise.all([
        say('a'),
        failure(say(5)),
        failure(say('a', 'b')),
        say('b'),
      ])
      t.deepEqual([one, other], ['Hello, a!', 'Hello, b!'])
      t.is(bad.code, Code.invalid_argument)
      t.regex(bad.message, /name: expected string, got number 5/)
      t.is(surplus.reason, 'too_many_arguments')
      t.regex(surplus.message, /\/greeter\.Greeter\/Greet takes 1 argument\(s\), got 2/)
      t.is(await say('a', undefined), 'Hello, a!')
      t.is(service.calls, 4)
    },
  )
}

function limited(wire: Wire): void {
  test.serial(`a reply over the limit fails its own call: ${wireName(wire)}`, async t => {
    const { remote } = await rig(t, wire, { ...greeter(), client: { limits: { messageBytes: 1000 } } })
    const error = await failure(remote.reverse(new Uint8Array(50_000)))
    t.is(error.code, Code.resource_exhausted)
    t.regex(error.message, /limits\.messageBytes/)
    t.is(await remote.greet('next'), 'Hello, next!')
  })
}

function unixSocket(wire: Wire): void {
  test.serial(`over a Unix socket: ${wireName(wire)}`, async t => {
    const folder = await mkdtemp(join(tmpdir(), 'polywire-'))
    t.teardown(() => rm(folder, { recursive: true }))
    const path = join(folder, 'hello.sock')
    const { connect } = await rig(t, wire, { ...greeter(), server: { path } })
    t.is(await connect(Greeter, {}, { endpoints: [`unix:${path}`] }).greet('Unix'), 'Hello, Unix!')
  })
}

function secure(wire: Wire): void {
  test.serial(`over TLS, by a name that the certificate holds and no other: ${wireName(wire)}`, async t => {
    const { connect } = await rig(t, wire, { ...greeter(), server: { tls: certificate } })
    t.is(await connect(Greeter, {}, { tls: { ca, serverName: 'localhost' } }).greet('TLS'), 'Hello, TLS!')
    for (const tls of [{ ca, serverName: 'example.com' }, {}])
      t.like(await failure(connect(Greeter, {}, { tls }).ping()), { code: Code.unavailable, delivery: 'unsent' })
  })
}

function upTo(most: number): number[] {
  return Array.from({ length: most }, (_, at) => at + 1)
}

function greetingOf(name: string): string {
  return `Hello, ${name}!`
}
