import test from 'ava'
import type { Class } from '../../../src/extend.js'
import {
  bytes,
  connect,
  currentCall,
  disconnect,
  explain,
  Field,
  Http,
  Message,
  Method,
  optional,
  Resumable,
  RpcError,
  Safe,
  Service,
  serve,
  streamOf,
  string,
  uint64,
  unimplemented,
} from '../../../src/index.js'

@Message('declared.Place')
class Place {
  @Field(1, uint64) offset = 0n
}

@Message('declared.Event')
class Event {
  @Field(1, string) id = ''
  @Field(2, bytes) digest: Uint8Array = new Uint8Array(0)
  @Field(3, optional(Place)) place?: Place
  @Field(4, optional(Event)) cause?: Event

  get cursor(): string {
    return `${this.id}@${this.place?.offset}`
  }
}

function withId(id: string): Event {
  return Object.assign(new Event(), { id })
}

@Service('declared.Unary')
class OnUnary {
  @Method({ accepts: Event, returns: Event })
  // @ts-expect-error it returns one reply
  @Resumable({ key: (event: Event) => event.id })
  async one(): Promise<Event> {
    return unimplemented()
  }
}

@Service('declared.Bidi')
class OnBidi {
  @Method({ accepts: streamOf(Event), returns: streamOf(Event) })
  @Resumable({ key: (event: Event) => event.id })
  echo(events: AsyncIterable<Event>): AsyncIterable<Event> {
    return events
  }
}

function keyed(key: (event: Event) => unknown): Class {
  @Service('declared.Keyed')
  class Keyed {
    @Method({ returns: streamOf(Event) })
    @Resumable({ key: key as (event: Event) => string })
    async *events(): AsyncIterable<Event> {}
  }
  return Keyed
}

const refused: [string, Class, RegExp][] = [
  ['a unary method', OnUnary, /^\/declared\.Unary\/One: @Resumable needs a stream of replies/],
  ['a stream of requests', OnBidi, /^\/declared\.Bidi\/Echo: @Resumable cannot send a stream of requests again/],
  ['a key of bytes', keyed(event => event.digest), /^\/declared\.Keyed\/Events: the key of a reply .* got Uint8Array/],
  [
    'a key that is a message',
    keyed(event => event.place),
    /must be a string, a number or a bigint, got a declared\.Place;/,
  ],
]

for (const [what, service, message] of refused) {
  test(`refused by serve and connect: ${what}`, async t => {
    const starts = [
      () => serve([service as never], { port: false, memory: 'refused' }),
      async () => connect(service as Class<object>, 'memory://nowhere'),
    ]
    for (const start of starts) {
      const error = (await t.throwsAsync(start(), { instanceOf: RpcError, message })) as RpcError
      t.is(error.reason, 'policy_conflict')
    }
  })
}

test('keys from nested messages, getters and other keys are accepted, and so are those that a reply may lack', async t => {
  for (const key of [
    (event: Event) => event.place?.offset,
    (event: Event) => event.cursor,
    (event: Event) => event.cause?.cause?.id,
    (event: Event) => `${event.id}/${event.place?.offset}`,
    (event: Event) => (event.digest as unknown as Event[])[0]?.id,
  ])
    await t.notThrowsAsync(disconnect(connect(keyed(key) as Class<object>, 'memory://nowhere')))
})

test('explain shows it, outside of the retry', t => {
  t.regex(
    explain(keyed(event => event.id)),
    /call {4}timeout\(30000 ms\) \[default\] > resumable\(backoff 50 ms x2 up to 5000 ms\)/,
  )
})

@Service('declared.Feed')
class Feed {
  @Method({ returns: streamOf(Event) })
  @Safe()
  @Http('GET /feed')
  @Resumable({ key: (event: Event) => event.id, initialBackoff: '250ms' })
  async *events(): AsyncIterable<Event> {
    const after = Number(currentCall().lastEventId ?? 0)
    for (let id = after + 1; id <= 2; id++) yield withId(String(id))
    if (after === 99) yield withId('á\n')
  }
}

test('a route sends ids and the time to wait, goes on after the header, and ends a client that has all', async t => {
  const server = await serve([Feed], { host: '127.0.0.1', openapi: true })
  t.teardown(() => server.close())
  const get = async (id?: string) => {
    const headers = { accept: 'text/event-stream', ...(id !== undefined && { 'last-event-id': id }) }
    const response = await fetch(`http://${server.address}/feed`, { headers })
    return [response.status, await response.text()]
  }
  t.deepEqual(await get(), [200, 'retry: 250\n\nid: 1\ndata: {"id":"1"}\n\nid: 2\ndata: {"id":"2"}\n\n'])
  t.deepEqual(await get('1'), [200, 'retry: 250\n\nid: 2\ndata: {"id":"2"}\n\n'])
  t.deepEqual(await get('2'), [204, ''])
  t.deepEqual(await get('99'), [200, 'retry: 250\n\nid: %C3%A1%0A\ndata: {"id":"á\\n"}\n\n'])

  const lines = await fetch(`http://${server.address}/feed`, { headers: { 'last-event-id': '1' } })
  t.is(await lines.text(), '{"id":"2"}\n')

  const openapi = (await (await fetch(`http://${server.address}/openapi.json`)).json()) as {
    readonly paths: Record<string, { readonly get: { readonly parameters: readonly { readonly name: string }[] } }>
  }
  t.deepEqual(
    openapi.paths['/feed']?.get.parameters.map(({ name }) => name),
    ['Last-Event-ID'],
  )
})

test('a stream goes on at another server when its own shuts down, and not after an error of the handler', async t => {
  let parts = 0
  let serving = 0
  @Service('declared.Moving')
  class Moving {
    constructor(readonly number: number) {}

    @Method({ returns: streamOf(Event) })
    @Resumable({ key: (event: Event) => event.id, initialBackoff: 1 })
    async *events(): AsyncIterable<Event> {
      const call = currentCall()
      parts++
      serving = this.number
      const id = Number(call.lastEventId ?? 0) + 1
      yield withId(String(id))
      if (id === 3) throw new RpcError('no more today', 14)
      await new Promise(resolve => call.onCancel(resolve))
    }
  }
  for (const protocol of ['grpc', 'http', 'ws']) {
    parts = 0
    const options = { host: '127.0.0.1', report: () => {}, limits: { drainTimeout: 1 } }
    const servers = await Promise.all([0, 1, 2].map(number => serve([new Moving(number)], options)))
    const remote = connect(Moving, `${protocol}://${servers.map(({ address }) => address).join(',')}`)
    t.teardown(() => Promise.all([disconnect(remote), ...servers.map(server => server.close())]))
    const seen: string[] = []
    const reading = (async () => {
      for await (const { id } of remote.events()) {
        seen.push(id)
        // Closes the one that serves.
        if (Number(id) < 3) await servers[serving]?.close()
      }
    })()
    await t.throwsAsync(reading, { instanceOf: RpcError, message: /no more today/ }, protocol)
    t.deepEqual(seen, ['1', '2', '3'], protocol)
    t.is(parts, 3, protocol)
  }
})
