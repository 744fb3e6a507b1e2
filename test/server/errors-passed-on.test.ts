import test from 'ava'
import {
  Code,
  connect,
  Field,
  Headers,
  Message,
  Method,
  nothing,
  RpcError,
  Service,
  serve,
  streamOf,
  string,
  Throws,
} from '../../src/index.js'
import { outcome } from '../support/calls.js'

@Message('passing.Missing')
class Missing extends RpcError {
  @Field(1, string) item = ''
}

@Service('passing.Back')
class Back {
  @Method(nothing)
  async secret(): Promise<void> {
    throw new RpcError('no such item', Code.not_found, {
      headers: new Headers({ 'x-internal': '10.0.0.7' }),
      details: [{ type: 'passing.Internals', value: new Uint8Array([1]) }],
    })
  }

  @Method(nothing)
  @Throws(Missing)
  async missing(): Promise<void> {
    throw Object.assign(new Missing('gone', Code.not_found), { item: 'screw' })
  }
}

/** Lets through whatever Back answers. */
@Service('passing.Front')
class Front {
  constructor(private readonly back: Back) {}

  @Method(nothing)
  async secret(): Promise<void> {
    await this.back.secret()
  }

  @Method(nothing)
  @Throws(Missing)
  async declared(): Promise<void> {
    await this.back.missing()
  }

  @Method(nothing)
  async undeclared(): Promise<void> {
    await this.back.missing()
  }

  @Method(nothing)
  async onPurpose(): Promise<void> {
    const { error } = await outcome(this.back.secret())
    const { message, headers } = error as RpcError
    throw new RpcError(message, Code.not_found, headers === undefined ? {} : { headers })
  }
}

@Service('passing.Streaming')
class Streaming {
  constructor(private readonly back: Back) {}

  @Method(streamOf(string))
  async *stream(): AsyncIterable<string> {
    yield 'first'
    await this.back.secret()
  }
}

for (const protocol of ['memory', 'http', 'grpc', 'thrift', 'avro'] as const) {
  test.serial(
    `${protocol}: of an error that a handler lets through code and message go on, not what came with it`,
    async t => {
      const { front, error, close } = await chain(protocol)
      const got = await error(front.secret())
      t.deepEqual([got.code, got.message], [Code.not_found, 'no such item'])
      t.is(got.headers?.get('x-internal'), undefined)
      t.deepEqual(got.details, [])
      t.is((await error(front.onPurpose())).headers?.get('x-internal'), '10.0.0.7')
      await close()
    },
  )

  test.serial(`${protocol}: a declared error goes on as its class where the method declares it too`, async t => {
    const { front, error, close } = await chain(protocol)
    const declared = await error(front.declared())
    t.true(declared instanceof Missing)
    t.is((declared as Missing).item, 'screw')
    const undeclared = await error(front.undeclared())
    t.false(undeclared instanceof Missing)
    t.is(undeclared.code, Code.not_found)
    t.deepEqual(undeclared.details, [])
    await close()
  })

  test.serial(`${protocol}: where a server looks for another one is not told to its callers`, async t => {
    const { front, error, close, reported, stopBack } = await chain(protocol)
    await stopBack()
    const got = await error(front.secret())
    t.is(got.code, Code.unavailable)
    t.is(got.delivery, 'unknown')
    t.notRegex(got.message, /127\.0\.0\.1|passing-back/)
    t.regex(got.message, /\/passing\.Front\/Secret: a call that it made failed \(unavailable\)/)
    t.is(reported.length, 1)
    await close()
  })
}

test('the same holds in the middle of a stream', async t => {
  const { back, error, close } = await chain('http')
  const server = await serve([new Streaming(back)], { host: '127.0.0.1' })
  const streaming = connect(Streaming, `grpc://${server.address}`)
  const got = await error(drain(streaming.stream()))
  t.deepEqual([got.code, got.message], [Code.not_found, 'no such item'])
  t.is(got.headers?.get('x-internal'), undefined)
  t.deepEqual(got.details, [])
  await streaming[Symbol.asyncDispose]()
  await server.close()
  await close()
})

async function chain(protocol: 'memory' | 'http' | 'grpc' | 'thrift' | 'avro') {
  const reported: unknown[] = []
  const how = (name: string) =>
    protocol === 'memory'
      ? ({ port: false, memory: name } as const)
      : ({ host: '127.0.0.1', standardServices: false } as const)
  const report = (error: unknown) => reported.push(error)
  const behind = await serve([Back], { ...how('passing-back') })
  const back = connect(Back, protocol === 'memory' ? 'memory://passing-back' : `${protocol}://${behind.address}`)
  const server = await serve([new Front(back)], { ...how('passing-front'), report })
  const front = connect(Front, protocol === 'memory' ? 'memory://passing-front' : `${protocol}://${server.address}`)
  return {
    front,
    back,
    reported,
    error: async (call: Promise<unknown>) => (await outcome(call)).error as RpcError,
    stopBack: () => behind.close(),
    close: async () => {
      await front[Symbol.asyncDispose]()
      await server.close()
      await back[Symbol.asyncDispose]()
      await behind.close()
    },
  }
}

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}
