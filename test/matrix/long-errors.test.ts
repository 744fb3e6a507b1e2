import test, { type ExecutionContext } from 'ava'
import { connectAll } from '../../src/client/connect.js'
import {
  Arg,
  type Call,
  Code,
  Context,
  disconnect,
  Field,
  Headers,
  Idempotent,
  int32,
  Message,
  Method,
  Retry,
  RpcError,
  type Server,
  Service,
  serve,
  streamOf,
  string,
  type TargetObject,
  Throws,
} from '../../src/index.js'
import { deferred } from '../support/deferred.js'
import { type Wire, wires } from './wires.js'

@Message('test.Long')
class Long extends RpcError {
  @Field(1, string) detail = ''
}

const counted = {
  attempts: 4,
  initialBackoff: 1,
  codes: ['unavailable', 'internal', 'unknown', 'resource_exhausted'],
} as const
const begin = 'é\n💥% "<&'

@Service('test.LongErrors')
class LongErrors {
  /** Runs by the name of the call. */
  readonly runs = new Map<string, number>()
  release = deferred<void>()

  @Method(string)
  @Idempotent()
  async ok(@Arg(1, 'name', string) name: string): Promise<string> {
    return name
  }

  /** A call that is in flight meanwhile. */
  @Method(string)
  @Idempotent()
  async held(@Arg(1, 'name', string) name: string): Promise<string> {
    await this.release.promise
    return name
  }

  @Method(string)
  @Idempotent()
  @Retry(counted)
  async message(@Arg(1, 'name', string) name: string, @Arg(2, 'length', int32) length: number): Promise<string> {
    this.ran(name)
    throw new RpcError(long(length), Code.invalid_argument)
  }

  @Method(string)
  @Idempotent()
  @Retry(counted)
  @Throws(Long)
  async declared(@Arg(1, 'name', string) name: string, @Arg(2, 'length', int32) length: number): Promise<string> {
    this.ran(name)
    throw Object.assign(new Long('declared', Code.invalid_argument), { detail: 'x'.repeat(length) })
  }

  @Method(string)
  @Idempotent()
  @Retry(counted)
  @Throws(Long)
  async both(@Arg(1, 'name', string) name: string, @Arg(2, 'length', int32) length: number): Promise<string> {
    this.ran(name)
    throw Object.assign(new Long(long(length), Code.invalid_argument), { detail: 'short' })
  }

  @Method(string)
  @Idempotent()
  @Retry(counted)
  async headers(
    @Arg(1, 'name', string) name: string,
    @Arg(2, 'length', int32) length: number,
    @Context() call?: Call,
  ): Promise<string> {
    this.ran(name)
    call?.replyHeaders.set('x-reply', 'r'.repeat(length))
    call?.replyTrailers.set('x-trailer', 't'.repeat(length))
    const headers = new Headers([
      ['x-long', 'y'.repeat(length)],
      ['x-short', 'kept'],
    ])
    throw new RpcError('with headers', Code.invalid_argument, { headers })
  }

  @Method(string)
  @Idempotent()
  async reply(
    @Arg(1, 'name', string) name: string,
    @Arg(2, 'length', int32) length: number,
    @Context() call?: Call,
  ): Promise<string> {
    this.ran(name)
    const where = name.startsWith('trailers') ? call?.replyTrailers : call?.replyHeaders
    where?.set('x-reply', 'r'.repeat(length))
    return name
  }

  protected ran(name: string): void {
    this.runs.set(name, (this.runs.get(name) ?? 0) + 1)
  }
}

@Service('test.LongStreams')
class LongStreams {
  runs = 0

  @Method({ returns: streamOf(string) })
  @Idempotent()
  @Retry(counted)
  async *fails(@Arg(1, 'begun', int32) begun: number, @Arg(2, 'length', int32) length: number): AsyncIterable<string> {
    this.runs++
    for (let i = 0; i < begun; i++) yield 'one'
    throw new RpcError(long(length), Code.invalid_argument)
  }
}

function long(length: number): string {
  return begin.repeat(Math.ceil(length / begin.length)).slice(0, length)
}

const unary = new LongErrors()
const streams = new LongStreams()
let server: Server

test.before(async () => {
  server = await serve([unary, streams], { host: '127.0.0.1', memory: 'long-errors', report: () => {} })
})
test.after.always(() => server.close())

function targetOf({ protocol, codec, options }: Wire): TargetObject {
  const address = protocol === 'memory' ? 'long-errors' : server.address
  return { protocol, codec, options, endpoints: [address] }
}

async function failure(t: ExecutionContext, promise: Promise<unknown>): Promise<RpcError> {
  return (await t.throwsAsync(promise, { instanceOf: RpcError })) as RpcError
}

async function check(t: ExecutionContext, wire: Wire): Promise<void> {
  const hasStreams = wire.lacks.streams === undefined
  const remotes = connectAll(hasStreams ? [LongErrors, LongStreams] : [LongErrors], targetOf(wire))
  const remote = remotes.get(LongErrors) as LongErrors
  unary.release = deferred<void>()
  unary.runs.clear()
  await remote.ok('first')
  // Where replies come in the order of their calls, one that hangs would hold up those behind it.
  const held = wire.isOrdered ? undefined : Promise.all(Array.from({ length: 3 }, (_, i) => remote.held(String(i))))

  for (const length of [40, 17_000, 100_000, 20_000_000]) {
    const error = await failure(t, remote.message(`message ${length}`, length))
    t.is(error.code, Code.invalid_argument, `a message of ${length}: ${error.message.slice(0, 100)}`)
    t.true(error.message.startsWith(length === 40 ? long(40) : begin.repeat(20)), error.message.slice(0, 100))
    // By characters: a count of UTF-16 units could begin within one.
    const tail = [...error.message.slice(-20)].slice(-8).join('')
    if (error.message.length < length) t.regex(tail, /^[é\n💥% "<&]*…$/u)
  }
  for (const length of [100, 100_000, 6_000_000]) {
    const error = await failure(t, remote.declared(`declared ${length}`, length))
    t.is(error.code, Code.invalid_argument, `fields of ${length}: ${error.message}`)
    t.is(error.message, 'declared')
    if (error instanceof Long) t.is(error.detail.length, length)
    else t.not(length, 100)
  }
  const both = await failure(t, remote.both('both', 100_000))
  t.true(both instanceof Long, 'a declared error with a long message is still itself')
  t.is((both as Long).detail, 'short')
  t.true(both.message.startsWith(begin))
  for (const length of [10, 20_000, 300_000]) {
    const error = await failure(t, remote.headers(`headers ${length}`, length))
    t.is(error.code, Code.invalid_argument, `headers of ${length}: ${error.message}`)
    t.is(error.message, 'with headers')
    t.is(error.headers?.get('x-short'), 'kept')
  }
  for (const where of ['headers', 'trailers']) {
    for (const length of [20_000, 300_000]) {
      const name = `${where} of a reply ${length}`
      const { code } = await remote.reply(name, length).then(
        () => ({ code: Code.ok }),
        error => error as RpcError,
      )
      // What the wire cannot carry at all arrives as a reply without it.
      t.true([Code.ok, Code.internal].includes(code), `${name}: ${Code[code]}`)
    }
  }
  t.deepEqual(
    [...unary.runs.values()].filter(runs => runs !== 1),
    [],
    'each handler ran once',
  )
  if (hasStreams) await checkStreams(t, remotes.get(LongStreams) as LongStreams)

  unary.release.resolve()
  t.deepEqual(await (held ?? ['0', '1', '2']), ['0', '1', '2'], 'calls in flight beside them')
  t.is(await remote.ok('last'), 'last')
  await Promise.all([...remotes.values()].map(one => disconnect(one)))
}

async function checkStreams(t: ExecutionContext, remote: LongStreams): Promise<void> {
  for (const begun of [0, 1]) {
    for (const length of [100_000, 20_000_000]) {
      streams.runs = 0
      let got = 0
      const reading = (async () => {
        for await (const _ of remote.fails(begun, length)) got++
      })()
      const error = await failure(t, reading)
      t.is(error.code, Code.invalid_argument, `a stream's message of ${length}`)
      t.true(error.message.startsWith(begin))
      t.deepEqual([got, streams.runs], [begun, 1])
    }
  }
}

for (const wire of wires) {
  if (wire.lacks.wire !== undefined) continue
  const name = [wire.protocol, wire.codec, ...Object.values(wire.options)].join(' ')
  test.serial(`${name}: an error keeps its code, however long it is, and harms no other call`, t => check(t, wire))
}
