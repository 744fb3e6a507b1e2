import test from 'ava'
import { WebSocket } from 'ws'
import { fetchHandler } from '../../src/fetch/index.js'
import { type Call, type Server, serve } from '../../src/index.js'
import { type ConnectOptions, connect, json, protobuf, webSocket, withCall } from '../../src/web/index.js'
import { kinds, type Rig, scenarios, sender } from '../matrix/cells.js'
import { Order, Sightings, Streams, StreamsService, Unary, UnaryService, Workshop } from '../matrix/contract.js'
import { wires } from '../matrix/wires.js'

const witness = new Sightings()
const workshop = new Workshop(witness)
const services = [new UnaryService(workshop), new StreamsService(workshop)]
const options = { limits: { messageBytes: 2_000_000 }, report: () => {} }
const handler = fetchHandler(services, options)
let server: Server
let keys = 0

test.before(async () => {
  // Node has it from version 22 on.
  Object.assign(globalThis, { WebSocket })
  server = await serve(services, { ...options, host: '127.0.0.1' })
})

test.after.always(() => server.close())

const carriers: Readonly<Record<string, () => { readonly url: string; readonly fetch?: typeof fetch }>> = {
  serve: () => ({ url: `http://${server.address}` }),
  fetchHandler: () => ({ url: 'http://worker.test', fetch: (url, init) => handler(new Request(url, init)) }),
}

for (const [carrier, place] of Object.entries(carriers)) {
  for (const codec of [json, protobuf]) {
    for (const kind of kinds.slice(0, 2)) {
      test.serial(`a page calls ${carrier} in ${codec.name}: ${kind}`, async t => {
        const { url, ...rest } = place()
        const given: ConnectOptions = { codec, messageBytes: 8_000_000, ...rest }
        const remotes = { unary: connect(Unary, url, given), streams: connect(Streams, url, given) }
        const wire = wires.find(one => one.protocol === 'http' && one.codec === codec.name)
        const rig = {
          wire,
          kind,
          witness,
          isFetch: true,
          send: sender(kind, remotes),
          key: () => `${carrier}${++keys}`,
        } as Rig
        await Promise.all(scenarios.map(scenario => scenario.check(t, rig, scenario.lacking?.(rig))))
      })
    }

    test(`headers and trailers travel between a page and ${carrier} in ${codec.name}`, async t => {
      const { url, ...rest } = place()
      for (const streams of [false, true]) {
        let call: Call | undefined
        const made = { headers: { 'x-in': 'one' }, onEnd: (ended: Call) => (call = ended) }
        const order = Object.assign(new Order(), { deed: 'headers', key: `h${++keys}` })
        const given = { codec, ...rest }
        const replies = streams
          ? await all(withCall(connect(Streams, url, given), made).serverStreaming(order))
          : [await withCall(connect(Unary, url, given), made).unary(order)]
        t.is(replies[0]?.heard, 'one')
        t.is(call?.replyHeaders.get('x-head'), 'first')
        t.is(call?.replyTrailers.get('x-tail'), 'last')
        t.deepEqual([...(call?.replyHeaders.get('x-bytes-bin') ?? [])], [0, 1, 254, 255])
      }
    })
  }
}

for (const codec of [json, protobuf]) {
  for (const kind of kinds.slice(2)) {
    test.serial(`a page calls serve over WebSocket in ${codec.name}: ${kind}`, async t => {
      const given: ConnectOptions = { codec, messageBytes: 8_000_000, requestStreams: webSocket }
      const url = `http://${server.address}`
      const remotes = { unary: connect(Unary, url, given), streams: connect(Streams, url, given) }
      const wire = wires.find(one => one.protocol === 'ws' && one.codec === codec.name)
      const rig = {
        wire,
        kind,
        witness,
        isFetch: false,
        send: sender(kind, remotes),
        key: () => `socket${++keys}`,
      } as Rig
      await Promise.all(scenarios.map(scenario => scenario.check(t, rig, scenario.lacking?.(rig))))
    })
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

for (const name of ['clientStreaming', 'bidiStreaming'] as const) {
  test(`${name} is refused in one sentence, because a browser cannot stream requests`, async t => {
    const streams = connect(Streams, 'http://worker.test')
    const result = streams[name](
      (async function* () {
        yield new Order()
      })(),
    )
    const calling = Symbol.asyncIterator in result ? result[Symbol.asyncIterator]().next() : result
    const error = await t.throwsAsync(Promise.resolve(calling))
    t.regex(error?.message ?? '', /a browser cannot stream requests/)
    t.is((error as { reason?: string }).reason, 'not_carried')
  })
}
