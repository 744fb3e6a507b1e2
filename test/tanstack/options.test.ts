import { MutationObserver, QueryClient, QueryObserver } from '@tanstack/query-core'
import test, { type ExecutionContext } from 'ava'
import {
  connect,
  currentCall,
  disconnect,
  Field,
  int64,
  Message,
  Method,
  RpcError,
  Safe,
  Service,
  serve,
  streamOf,
  string,
  Throws,
  withCall,
} from '../../src/index.js'
import { mutationOptions, queryOptions, streamOptions } from '../../src/tanstack/index.js'
import { connect as connectPage } from '../../src/web/index.js'

@Message('query.Key')
class Key {
  @Field(1, int64) id = 0n
}

@Message('query.Item')
class Item {
  @Field(1, int64) id = 0n
  @Field(2, string) name = ''
}

@Message('query.Gone', { code: 'not_found' })
class Gone extends RpcError {
  @Field(1, int64) id = 0n
}

@Service('query.Items')
class Items {
  calls = 0
  private cancel: (reason: string) => void = () => {}
  /** Resolves with the reason once a call that waits was cancelled. */
  readonly canceled = new Promise<string>(resolve => {
    this.cancel = resolve
  })

  @Method({ accepts: Key, returns: Item })
  @Safe()
  @Throws(Gone)
  async get({ id }: Key): Promise<Item> {
    this.calls++
    if (id === 404n) throw Gone.of('it is gone', { id })
    if (id === 1n) await this.end()
    return { id, name: `item ${id}` }
  }

  @Method({ args: { first: string, second: string }, returns: string })
  async join(first: string, second: string): Promise<string> {
    return first + second
  }

  @Method({ accepts: Item, returns: Item })
  @Throws(Gone)
  async put(item: Item): Promise<Item> {
    if (item.id === 404n) throw Gone.of('it is gone', { id: item.id })
    return item
  }

  @Method({ accepts: Key, returns: streamOf(Item) })
  async *follow({ id }: Key): AsyncIterable<Item> {
    for (let at = 1n; at <= 3n; at++) yield { id: at, name: '' }
    if (id === 1n) await this.end()
  }

  private async end(): Promise<void> {
    const call = currentCall()
    await new Promise(resolve => call.onCancel(resolve))
    this.cancel(call.canceled?.reason ?? '')
  }
}

interface Opened {
  readonly service: Items
  readonly items: Items
  readonly client: QueryClient
}

const clients = {
  'a page': (address: string): Items => connectPage(Items, `http://${address}`),
  gRPC: (address: string): Items => connect(Items, `grpc://${address}`),
}

async function open(t: ExecutionContext, create = clients.gRPC): Promise<Opened> {
  const service = new Items()
  const server = await serve([service], { host: '127.0.0.1', limits: { drainTimeout: 10 } })
  const items = create(server.address)
  const client = new QueryClient()
  client.mount()
  t.teardown(async () => {
    client.unmount()
    client.clear()
    await disconnect(items)
    await server.close()
  })
  return { service, items, client }
}

for (const [where, create] of Object.entries(clients)) {
  test(`a query fetches once, and is found by its key: ${where}`, async t => {
    const { items, client, service } = await open(t, create)
    const options = queryOptions(items.get, { id: 9_007_199_254_740_993n })
    const item: Item = await client.fetchQuery({ ...options, staleTime: 60_000 })
    t.is(item.name, 'item 9007199254740993')
    t.is((await client.fetchQuery({ ...options, staleTime: 60_000 })).id, 9_007_199_254_740_993n)
    t.is(service.calls, 1)
    const known: Item | undefined = client.getQueryData(
      queryOptions(items.get, { id: 9_007_199_254_740_993n }).queryKey,
    )
    t.is(known, item)
    t.is(client.getQueryData(queryOptions(items.get, { id: 9_007_199_254_740_992n }).queryKey), undefined)
    await client.invalidateQueries({ queryKey: ['query.Items', 'Get'] })
    t.is(client.getQueryState(options.queryKey)?.isInvalidated, true)
  })

  test(`an error is the declared class, after one call: ${where}`, async t => {
    const { items, client, service } = await open(t, create)
    const observer = new QueryObserver(client, queryOptions(items.get, { id: 404n }))
    const failed = await new Promise<RpcError>(resolve => {
      t.teardown(observer.subscribe(({ error }) => error !== null && resolve(error)))
    })
    t.true(failed instanceof Gone)
    t.is((failed as Gone).id, 404n)
    t.is(service.calls, 1)
  })

  test(`a query that nobody observes any more cancels the call and its handler: ${where}`, async t => {
    const { items, client, service } = await open(t, create)
    const observer = new QueryObserver(client, queryOptions(items.get, { id: 1n }))
    const leave = observer.subscribe(() => {})
    while (service.calls === 0) await new Promise(resolve => setImmediate(resolve))
    leave()
    t.regex(await service.canceled, /^(?:canceled|client_disconnected)$/)
  })

  test(`a stream grows in the cache, and leaving it cancels the call: ${where}`, async t => {
    const { items, client, service } = await open(t, create)
    t.deepEqual(
      (await client.fetchQuery(streamOptions(items.follow, { id: 0n }))).map(({ id }) => id),
      [1n, 2n, 3n],
    )
    const lengths: number[] = []
    const observer = new QueryObserver(client, streamOptions(items.follow, { id: 1n }))
    await new Promise<void>(resolve => {
      const leave = observer.subscribe(({ data = [], fetchStatus }) => {
        lengths.push(data.length)
        if (data.length < 3) return
        t.is(fetchStatus, 'fetching')
        leave()
        resolve()
      })
    })
    t.deepEqual([...lengths].sort(), lengths)
    t.regex(await service.canceled, /^(?:canceled|client_disconnected)$/)
  })
}

test('a mutation calls with its variables, and has the declared error', async t => {
  const { items, client } = await open(t)
  const observer = new MutationObserver(client, mutationOptions(items.put))
  t.deepEqual({ ...(await observer.mutate({ id: 7n, name: 'lamp' })) }, { id: 7n, name: 'lamp' })
  await t.throwsAsync(observer.mutate({ id: 404n, name: '' }), { instanceOf: Gone })
  t.deepEqual(mutationOptions(items.put).mutationKey, ['query.Items', 'Put'])
})

test('several arguments are those of the method', async t => {
  const { items, client } = await open(t)
  t.is(await client.fetchQuery(queryOptions(items.join, 'a', 'b')), 'ab')
})

test('keys can be hashed, and differ where requests do', t => {
  const items = connect(Items, 'memory://nowhere')
  const hash = (...args: unknown[]) => JSON.stringify(queryOptions(items.get as never, ...(args as never[])).queryKey)
  const requests = [
    { id: 1n },
    { id: 1 },
    { id: '1' },
    { id: new Uint8Array([1]) },
    { id: [1] },
    { id: new Date(1) },
    { id: new Map([[1, 2n]]) },
    { id: new Set([1]) },
    {},
  ]
  t.is(new Set(requests.map(request => hash(request))).size, requests.length)
  t.is(hash({ id: 1n }), hash({ id: 1n }))
  t.is(hash(), hash(undefined))
})

test('what is no method of a client is refused', t => {
  const items = connect(Items, 'memory://nowhere')
  for (const method of [new Items().get, withCall(items, { timeout: 5 }).get, undefined as never]) {
    const error = t.throws(() => queryOptions(method, { id: 1n }), { instanceOf: RpcError }) as RpcError
    t.is(error.reason, 'not_a_remote')
    t.regex(error.message, /^queryOptions: this is not a method of a client/)
  }
})
