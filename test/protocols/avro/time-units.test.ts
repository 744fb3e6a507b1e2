// What peers of other languages need: no null where nothing is optional, their own units of time, HTTP without more ceremony.
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import test, { type ExecutionContext } from 'ava'
import avsc from 'avsc'
import { serviceOf } from '../../../src/decorators/read-service.js'
import {
  Arg,
  connect,
  disconnect,
  Field,
  Message,
  Method,
  nothing,
  optional,
  type RpcError,
  Service,
  serve,
  string,
  timestamp,
  uuid,
} from '../../../src/index.js'
import { protocolOf } from '../../../src/protocols/avro/protocol-schema.js'

@Message('time.Span')
class Span {
  @Field(timestamp) from?: Date
  @Field(timestamp) to?: Date
}

let heard: (text: string) => void = () => {}
let release: () => void = () => {}

@Service('time.Clock')
class Clock {
  @Method(Span) async widen(@Arg(1, 'span', Span) span: Span, @Arg(2, 'by', timestamp) by: Date): Promise<Span> {
    return Object.assign(new Span(), { from: span.from, to: by })
  }
  @Method(timestamp) async same(@Arg(1, 'at', timestamp) at: Date): Promise<Date> {
    return at
  }
  @Method(optional(timestamp)) async perhaps(@Arg(1, 'at', optional(timestamp)) at?: Date): Promise<Date | undefined> {
    return at
  }
  @Method(uuid) async id(@Arg(1, 'id', uuid) id: string): Promise<string> {
    return id
  }
  @Method({ returns: nothing, oneway: true }) async note(@Arg(1, 'text', string) text: string): Promise<void> {
    heard(text)
    await new Promise<void>(resolve => {
      release = resolve
    })
  }
}

const ours = JSON.parse(protocolOf(serviceOf(Clock), serviceOf(Clock).methods).text) as {
  messages: Record<string, never>
}

/** The same protocol, as a peer declares it that counts in another unit. */
function counting(unit: string): object {
  return JSON.parse(JSON.stringify(ours).replaceAll('timestamp-millis', unit)) as object
}

const at = new Date('2026-11-28T10:00:00.123Z')

/** A server of avsc over HTTP, whose replies have no content type unless `head` sets one. */
async function avscServer(t: ExecutionContext, protocol: object) {
  const server = avsc.Service.forProtocol(protocol as never, { wrapUnions: false }).createServer({
    silent: true,
  } as never)
  const noted: string[] = []
  server.onMessage('Same', (({ at }: { at: number }, reply: (error: null, at: number) => void) =>
    reply(null, at)) as never)
  server.onMessage('Widen', (({ by }: { by: number }, reply: (error: null, span: object) => void) =>
    reply(null, { from: by, to: by })) as never)
  server.onMessage('Note', (({ text }: { text: string }) => void noted.push(text)) as never)
  const http = createServer((request: IncomingMessage, response: ServerResponse) => {
    server.createChannel(((answer: (error: null, readable: Duplex) => void) => {
      answer(null, response as never)
      return request
    }) as never)
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const clock = connect(Clock, `avro://127.0.0.1:${(http.address() as AddressInfo).port}?transport=http`)
  t.teardown(async () => {
    await disconnect(clock)
    http.close()
  })
  return { clock, noted }
}

/** A client of avsc over HTTP. */
function avscClient(protocol: object, port: number) {
  const client = avsc.Service.forProtocol(protocol as never, { wrapUnions: false }).createClient({
    timeout: 5000,
  } as never)
  client.createChannel(((answer: (error: null, readable: IncomingMessage) => void) =>
    httpRequest({ port, host: '127.0.0.1', method: 'POST', headers: { 'content-type': 'avro/binary' } }).on(
      'response',
      response => answer(null, response),
    )) as never)
  return (name: string, request: object): Promise<unknown> =>
    new Promise((resolve, reject) =>
      client.emitMessage(
        name,
        request as never,
        ((error: unknown, reply: unknown) =>
          error === null || error === undefined ? resolve(reply) : reject(error)) as never,
      ),
    )
}

test('only what is optional is nullable', t => {
  const { messages } = ours as unknown as {
    messages: Record<string, { request: { type: unknown }[]; response: unknown }>
  }
  const millis = { type: 'long', logicalType: 'timestamp-millis' }
  t.is((messages.Widen?.request[0]?.type as { name: string } | undefined)?.name, 'time.Span')
  t.deepEqual(messages.Same?.request[0]?.type, millis)
  t.deepEqual(messages.Same?.response, millis)
  t.deepEqual(messages.Perhaps?.request[0]?.type, ['null', millis])
  t.deepEqual(messages.Perhaps?.response, ['null', millis])
  t.deepEqual(messages.Id?.response, { type: 'string', logicalType: 'uuid' })
})

for (const [unit, factor] of [
  ['timestamp-micros', 1e3],
  ['timestamp-millis', 1],
] as const) {
  test(`a server that counts in ${unit} is written them, from the first call on`, async t => {
    const { clock } = await avscServer(t, counting(unit))
    t.deepEqual(await clock.same(at), at)
    t.deepEqual(await clock.widen(new Span(), at), Object.assign(new Span(), { from: at, to: at }))
  })

  test(`a client that counts in ${unit} is written them`, async t => {
    const server = await serve([Clock], { host: '127.0.0.1', report: () => {} })
    t.teardown(() => server.close())
    const call = avscClient(counting(unit), server.port)
    const sent = at.getTime() * factor
    t.is(await call('Same', { at: sent }), sent)
    const span = (await call('Widen', { span: { from: sent, to: null }, by: sent })) as { from: number; to: number }
    t.deepEqual({ ...span }, { from: sent, to: sent })
  })
}

test('what the unit of a server cannot hold is refused', async t => {
  const nanos = (await avscServer(t, counting('timestamp-nanos'))).clock
  const tooLate = (await t.throwsAsync(nanos.same(new Date('2300-01-01T00:00:00Z')))) as RpcError
  t.regex(tooLate.message, /at: .*unit of the peer/)
  const hours = (await avscServer(t, counting('time-micros'))).clock
  t.regex(((await t.throwsAsync(hours.same(at))) as RpcError).message, /time-micros, which is not a point in time/)
})

test('a reply with status 200 and without a content type is read, and a one-way call waits for none', async t => {
  const { clock, noted } = await avscServer(t, ours)
  await clock.note('first')
  t.deepEqual(await clock.same(at), at)
  t.deepEqual(noted, ['first'])
})

test('a one-way call over HTTP is answered before its method has ended', async t => {
  const server = await serve([Clock], { host: '127.0.0.1', report: () => {} })
  t.teardown(() => server.close())
  const clock = connect(Clock, `avro://${server.address}?transport=http`)
  t.teardown(() => disconnect(clock))
  const call = avscClient(ours, server.port)
  for (const send of [() => clock.note('ours'), () => call('Note', { text: 'avsc' })]) {
    const arrived = new Promise<string>(resolve => {
      heard = resolve
    })
    await send()
    t.true(['ours', 'avsc'].includes(await arrived))
    release()
  }
})
