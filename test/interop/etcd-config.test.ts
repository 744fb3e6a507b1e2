import test from 'ava'
import {
  bytes,
  Code,
  connect,
  disconnect,
  etcdConfig,
  Field,
  int64,
  Message,
  Method,
  type RpcError,
  Service,
  serve,
  unimplemented,
} from '../../src/index.js'
import { EtcdKv } from '../../src/resolvers/etcd-api.js'
import { Hello, HelloService } from '../fixtures/hello.js'
import { outcome } from '../support/calls.js'
import { Etcd } from '../support/etcd.js'
import { runProgram } from '../support/programs.js'

const key = 'policies/hello'

@Message('etcdserverpb.DeleteRangeRequest')
class DeleteRangeRequest {
  @Field(1, bytes) key!: Uint8Array
}

@Message('etcdserverpb.DeleteRangeResponse')
class DeleteRangeResponse {
  @Field(2, int64) deleted!: bigint
}

/** What only the test needs of etcd. */
@Service('etcdserverpb.KV')
class EtcdDelete {
  @Method({ accepts: DeleteRangeRequest, returns: DeleteRangeResponse })
  async deleteRange(_request: DeleteRangeRequest): Promise<DeleteRangeResponse> {
    return unimplemented()
  }
}

class Store {
  private readonly kv
  private readonly deleter

  private constructor(readonly etcd: Etcd) {
    this.kv = connect(EtcdKv, `grpc://${etcd.address}`)
    this.deleter = connect(EtcdDelete, `grpc://${etcd.address}`)
  }

  static async open(first?: string): Promise<Store> {
    const store = new Store(await Etcd.start())
    if (first !== undefined) await store.put(first)
    return store
  }

  get url(): string {
    return `etcd://${this.etcd.address}/${key}`
  }

  put(value: string) {
    return this.kv.put({ key: Buffer.from(key), value: Buffer.from(value), lease: 0n })
  }

  remove() {
    return this.deleter.deleteRange({ key: Buffer.from(key) })
  }

  async close(): Promise<void> {
    await Promise.all([disconnect(this.kv), disconnect(this.deleter)])
    await this.etcd.remove()
  }
}

/** Reports as they come: each can be waited for, and none is lost. */
class Reports {
  readonly all: string[] = []
  private wake: () => void = () => {}

  readonly report = (error: unknown): void => {
    this.all.push(String(error))
    this.wake()
  }

  /** The n-th, from 1. */
  async nth(n: number): Promise<string> {
    while (this.all.length < n)
      await new Promise<void>(resolve => {
        this.wake = resolve
      })
    return this.all[n - 1] as string
  }
}

/** Divides until that ends with the code (undefined: with a reply); each call is an event, nothing sleeps. */
async function divideUntil(hello: Hello, wanted: Code | undefined): Promise<boolean> {
  for (let i = 0; i < 20_000; i++) {
    const { error } = await outcome(hello.divide(1, 1))
    if ((error as RpcError | undefined)?.code === wanted) return true
    if (i % 20 === 19) await new Promise(setImmediate)
  }
  return false
}

/** A limit that lets one call pass and no other: whether it holds is told by the code of a call. */
const closedFor = (method: string) =>
  JSON.stringify({
    methodConfig: [{ name: [{ service: 'hello.Hello', method }], policies: { rateLimit: { rate: 0.001, burst: 1 } } }],
  })

test('a server follows a key while it is called: no call is lost, and what is wrong or gone changes nothing', async t => {
  const store = await Store.open('{}')
  const reports = new Reports()
  const config = await etcdConfig(store.url)
  const server = await serve([HelloService], { host: '127.0.0.1', config, report: reports.report })
  const hello = connect(Hello, `grpc://${server.address}`)
  let calling = true
  let calls = 0
  const failures: unknown[] = []
  const load = (async () => {
    while (calling || calls < 500) {
      const { error } = await outcome(hello.sayHello({ name: 'World', tags: [] }))
      if (error !== undefined) failures.push(error)
      calls++
      if (calls % 50 === 0) await new Promise(setImmediate)
    }
  })()

  await store.put(closedFor('Divide'))
  t.true(await divideUntil(hello, Code.resource_exhausted))

  await store.put('{ no JSON')
  t.regex(await reports.nth(1), /cannot be read, and the one before stays: .*JSON/)
  await store.put(closedFor('Typo'))
  t.regex(await reports.nth(2), /is refused, and the one before stays: .*has no method "Typo"/)
  await store.remove()
  t.regex(await reports.nth(3), /cannot be read, and the one before stays: etcd has no key "policies\/hello"/)
  t.is(((await outcome(hello.divide(1, 1))).error as RpcError).code, Code.resource_exhausted, 'the last good one holds')

  await store.put('{}')
  t.true(await divideUntil(hello, undefined))
  calling = false
  await load
  t.deepEqual(failures, [])
  t.is(reports.all.length, 3)
  await disconnect(hello)
  await server.close()
  await store.close()
})

test('what was configured holds while etcd is away, and is followed again when it is back', async t => {
  const store = await Store.open(closedFor('Divide'))
  const reports = new Reports()
  const config = await etcdConfig(store.url)
  const server = await serve([HelloService], { host: '127.0.0.1', config, report: reports.report })
  const hello = connect(Hello, `grpc://${server.address}`)
  t.true(await divideUntil(hello, Code.resource_exhausted))
  await store.etcd.kill()
  t.regex(await reports.nth(1), /cannot be read, and the one before stays/)
  t.is(((await outcome(hello.divide(1, 1))).error as RpcError).code, Code.resource_exhausted)
  t.deepEqual((await outcome(hello.ping())).error, undefined)
  await store.etcd.up()
  await store.put('{}')
  t.true(await divideUntil(hello, undefined))
  t.is(reports.all.length, 1, 'an outage is told of once')
  await disconnect(hello)
  await server.close()
  await store.close()
})

test('a start with a key that is missing or wrong fails, and says what to do', async t => {
  const store = await Store.open()
  t.teardown(() => store.close())
  t.regex(
    String((await outcome(etcdConfig(store.url))).error),
    /etcd has no key "policies\/hello"; create it, or give a fallback/,
  )
  const config = await etcdConfig(store.url, { fallback: { methodConfig: [] } })
  t.deepEqual(config.current(), { methodConfig: [] })
  await store.put('nonsense')
  const { error } = await outcome(etcdConfig(store.url, { fallback: {} }))
  t.is((error as RpcError).reason, 'invalid_config')
})

test('whoever has closed what followed a key holds nothing open', async t => {
  const store = await Store.open('{}')
  const { code, output } = await runProgram('test/fixtures/programs/etcd-config.js', store.url)
  t.is(code, 0, output)
  t.regex(output, /closed object/)
  await store.close()
})
