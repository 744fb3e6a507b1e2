import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { createServer } from 'node:net'
import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { type Client, Code as ConnectCode, ConnectError, type ConnectRouter, createClient } from '@connectrpc/connect'
import { compressionGzip, connectNodeAdapter, createConnectTransport } from '@connectrpc/connect-node'
import test, { type ExecutionContext } from 'ava'
import { json } from '../../../src/codecs/json/codec.js'
import { protobuf } from '../../../src/codecs/protobuf/codec.js'
import { ActiveCall } from '../../../src/core/active-call.js'
import { Code } from '../../../src/core/code.js'
import { Headers } from '../../../src/core/headers.js'
import { defaultLimits } from '../../../src/core/limits.js'
import { RpcError } from '../../../src/core/rpc-error.js'
import { systemClock } from '../../../src/core/timer-wheel.js'
import { serviceOf } from '../../../src/decorators/read-service.js'
import { http } from '../../../src/protocols/http/protocol.js'
import { ServiceRouter } from '../../../src/server/router.js'
import * as stock from '../../fixtures/generated/interop_pb.js'
import { Color, Interop, InteropService, Record, Refused } from '../../fixtures/interop.js'

type Wire = 'json' | 'proto'
const wires: readonly Wire[] = ['json', 'proto']
/** Plain; and every message compressed, empty ones and the ends of streams too. */
const manners = [
  { name: '', compressMinBytes: 1_000_000 },
  { name: ', all compressed', compressMinBytes: 0, sendCompression: compressionGzip },
] as const
const cells = wires.flatMap(wire => manners.map(manner => ({ wire, manner })))

// Their client, our server

type StockClient = Client<typeof stock.Interop>
type ServedTest = (t: ExecutionContext, client: StockClient, service: InteropService) => Promise<void>

function theirClient(title: string, body: ServedTest, { useHttpGet = false } = {}): void {
  for (const { wire, manner } of cells) {
    test(`stock client, our server, ${wire}${manner.name}: ${title}`, async t => {
      const service = new InteropService()
      const report = (error: unknown) => t.fail(String(error))
      const router = new ServiceRouter([service], { clock: systemClock, report, policies: [] })
      const codecs = new Map([json, protobuf].map(codec => [codec.name, codec]))
      const binding = http.serve(router, { limits: defaultLimits, clock: systemClock, codecs, report })
      const listener = createServer(socket => binding.accept(socket, new Uint8Array(0))).listen(0, '127.0.0.1')
      await once(listener, 'listening')
      const baseUrl = `http://127.0.0.1:${(listener.address() as { port: number }).port}`
      const transport = createConnectTransport({
        baseUrl,
        httpVersion: '1.1',
        useBinaryFormat: wire === 'proto',
        useHttpGet,
        compressMinBytes: manner.compressMinBytes,
        ...('sendCompression' in manner && { sendCompression: manner.sendCompression }),
      })
      try {
        await body(t, createClient(stock.Interop, transport), service)
      } finally {
        listener.close()
        binding.destroy()
      }
    })
  }
}

const at = new Date('2026-01-02T03:04:05.678Z')
const everything = create(stock.RecordSchema, {
  name: 'Wörld & co? 100%',
  total: 2n ** 53n + 1n,
  data: new Uint8Array([0, 127, 128, 255]),
  numbers: [1, -1, 2147483647],
  weights: { a: 0.5, b: -1e300 },
  parent: { name: 'up' },
  at: timestampFromDate(at),
  color: stock.Color.RED,
})

const echoes: ServedTest = async (t, client) => {
  t.deepEqual(await client.echo(everything), everything)
}
theirClient('unary', echoes)
theirClient('unary by GET', echoes, { useHttpGet: true })

theirClient('headers and trailers, bytes among them', async (t, client) => {
  let head: globalThis.Headers | undefined
  let tail: globalThis.Headers | undefined
  await client.echo(
    {},
    {
      headers: { 'x-one': '1', 'x-two-bin': 'AQL/' },
      onHeader: headers => {
        head = headers
      },
      onTrailer: headers => {
        tail = headers
      },
    },
  )
  t.is(head?.get('x-one'), '1')
  t.is(head?.get('x-two-bin'), 'AQL/')
  t.is(tail?.get('x-one-tail'), '1')
  t.is(tail?.get('x-two-tail-bin'), 'AQL/')
})

async function stockError(promise: Promise<unknown>): Promise<ConnectError> {
  try {
    await promise
  } catch (error) {
    return ConnectError.from(error)
  }
  throw new Error('the call did not fail')
}

theirClient('every code', async (t, client) => {
  for (const code of Object.keys(Code).filter(name => Number.isNaN(Number(name)) && name !== 'ok')) {
    const error = await stockError(client.fail({ code, message: `as ${code}` }))
    t.is(error.code as number, Code[code as keyof typeof Code])
    t.is(error.rawMessage, `as ${code}`)
  }
})

theirClient('an error with a typed detail', async (t, client) => {
  const error = await stockError(client.fail({ code: 'resource_exhausted', message: 'no', typed: true }))
  t.is(error.code, ConnectCode.ResourceExhausted)
  t.deepEqual(
    error.findDetails(stock.RefusedSchema).map(({ why, limit }) => ({ why, limit })),
    [{ why: 'full', limit: 7n }],
  )
})

theirClient('a deadline', async (t, client) => {
  t.is((await stockError(client.hang({}, { timeoutMs: 40 }))).code, ConnectCode.DeadlineExceeded)
})

theirClient('a cancelled call', async (t, client, service) => {
  const controller = new AbortController()
  const failed = stockError(client.hang({}, { signal: controller.signal, timeoutMs: 30_000 }))
  while (Number.isNaN(service.left)) await new Promise(setImmediate)
  t.true(service.left > 0 && service.left <= 30_000)
  controller.abort()
  t.is((await failed).code, ConnectCode.Canceled)
  t.is((await service.canceled).code, Code.canceled)
})

async function totals(stream: AsyncIterable<{ total: bigint }>): Promise<bigint[]> {
  const list: bigint[] = []
  for await (const { total } of stream) list.push(total)
  return list
}

theirClient('server streaming, with headers and trailers', async (t, client) => {
  let head: globalThis.Headers | undefined
  let tail: globalThis.Headers | undefined
  const options = {
    onHeader: (headers: globalThis.Headers) => {
      head = headers
    },
    onTrailer: (headers: globalThis.Headers) => {
      tail = headers
    },
  }
  t.deepEqual(await totals(client.count({ upTo: 3 }, options)), [1n, 2n, 3n])
  t.is(head?.get('x-head'), 'h')
  t.is(tail?.get('x-tail'), 't')
  t.is((await totals(client.count({ upTo: 5000 }))).length, 5000)
})

theirClient('server streaming that fails at the end, typed', async (t, client) => {
  const error = await stockError(totals(client.count({ upTo: 1, fail: true })))
  t.is(error.code, ConnectCode.Aborted)
  t.is(error.rawMessage, 'at the end')
  t.is(error.findDetails(stock.RefusedSchema)[0]?.why, 'full')
  t.is(error.metadata.get('x-tail'), 't')
})

theirClient('a stream that is cancelled while the server waits for its reader', async (t, client, service) => {
  const controller = new AbortController()
  const error = await stockError(
    (async () => {
      for await (const _record of client.count({ upTo: 10_000_000 }, { signal: controller.signal })) controller.abort()
    })(),
  )
  t.is(error.code, ConnectCode.Canceled)
  t.is((await service.canceled).code, Code.canceled)
})

async function* stockRecords(...values: bigint[]) {
  for (const total of values) yield create(stock.RecordSchema, { total })
}

theirClient('client streaming', async (t, client) => {
  t.is((await client.sum(stockRecords(1n, 2n, 3n))).total, 6n)
  t.is((await client.sum(stockRecords())).total, 0n)
})

theirClient(
  'both directions, half duplex, which is all that the stock client does over HTTP/1.1',
  async (t, client) => {
    t.deepEqual(await totals(client.chat(stockRecords(1n, 2n))), [2n, 4n])
  },
)

// Our client, their server

function stockRoutes(router: ConnectRouter, seen: { canceled?: boolean; left?: number | undefined }): void {
  const failure = (request: { code: string; message: string; typed: boolean }) =>
    new ConnectError(
      request.message,
      Code[request.code as keyof typeof Code] as number as ConnectCode,
      { 'x-why': 'w' },
      request.typed ? [{ desc: stock.RefusedSchema, value: { why: 'full', limit: 7n } }] : [],
    )
  router.service(stock.Interop, {
    echo: (record, context) => {
      for (const [name, value] of context.requestHeader) {
        if (!name.startsWith('x-')) continue
        context.responseHeader.set(name, value)
        context.responseTrailer.set(`x-tail${name.endsWith('-bin') ? '-bin' : ''}`, value)
      }
      context.responseHeader.set('x-method', context.requestMethod)
      return record
    },
    fail: request => {
      throw failure(request)
    },
    hang: (_record, context) => {
      seen.left = context.timeoutMs()
      return new Promise((_, reject) => {
        context.signal.addEventListener('abort', () => {
          seen.canceled = true
          reject(context.signal.reason)
        })
      })
    },
    count: async function* ({ upTo, fail }, context) {
      context.responseHeader.set('x-head', 'h')
      context.responseTrailer.set('x-tail', 't')
      for (let n = 1; n <= upTo; n++) yield { total: BigInt(n) }
      if (fail) throw failure({ code: 'aborted', message: 'at the end', typed: true })
    },
    sum: async records => {
      let total = 0n
      for await (const record of records) total += record.total
      return { total }
    },
    chat: async function* (records) {
      for await (const record of records) yield { total: record.total * 2n }
    },
  })
}

const ourCells = [
  ...cells.map(cell => ({ ...cell, version: '1.1' })),
  ...wires.map(wire => ({ wire, manner: manners[1], version: '2' })),
]

interface Ours {
  readonly version: string
  readonly seen: { canceled?: boolean; left?: number }
  call(key: keyof Interop, message: unknown, options?: { headers?: Headers; timeout?: number }): ActiveCall
  send(call: ActiveCall): Promise<unknown>
}

function theirServer(
  title: string,
  body: (t: ExecutionContext, ours: Ours) => Promise<void>,
  { get = false } = {},
): void {
  for (const { wire, manner, version } of ourCells) {
    test(`our client, stock server, HTTP/${version}, ${wire}${manner.name}: ${title}`, async t => {
      const seen = {}
      const { compressMinBytes } = manner
      const routes = (router: ConnectRouter) => stockRoutes(router, seen)
      const adapter = connectNodeAdapter({ routes, compressMinBytes })
      const server = version === '2' ? createHttp2Server(adapter) : createHttpServer(adapter)
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const address = `127.0.0.1:${(server.address() as { port: number }).port}`
      const settings = {
        codec: wire === 'json' ? json : protobuf,
        limits: defaultLimits,
        clock: systemClock,
        connectTimeout: 20_000,
        options: { get: String(get), version },
      }
      const dialer = http.bind([serviceOf(Interop)], settings)
      const link = await dialer.dial({ address }, new AbortController().signal)
      try {
        await body(t, { version, seen, call: callOf, send: link.handle })
      } finally {
        await link.close()
        if ('closeAllConnections' in server) server.closeAllConnections()
        server.close()
      }
    })
  }
}

const callOf: Ours['call'] = (key, message, { headers, timeout = 60_000 } = {}) => {
  const method = serviceOf(Interop).methods.find(one => one.key === key)
  if (method === undefined) throw new Error(key)
  const call = new ActiveCall({ method, message, clock: systemClock, deadline: systemClock.now() + timeout, headers })
  if (timeout < 60_000) call.arm()
  return call
}

const whole = Record.of({
  name: 'Wörld & co? 100%',
  total: 2n ** 53n + 1n,
  data: new Uint8Array([0, 127, 128, 255]),
  numbers: [1, -1, 2147483647],
  weights: new Map([['a', 0.5]]),
  parent: Record.of({ name: 'up' }),
  at,
  color: Color.COLOR_RED,
})

theirServer('unary', async (t, ours) => {
  const call = ours.call('echo', whole)
  t.deepEqual(await ours.send(call), whole)
  t.is(call.replyHeaders.get('x-method'), 'POST')
})

theirServer(
  'unary by GET',
  async (t, ours) => {
    const call = ours.call('echo', whole)
    t.deepEqual(await ours.send(call), whole)
    t.is(call.replyHeaders.get('x-method'), 'GET')
  },
  { get: true },
)

theirServer('headers and trailers, bytes among them', async (t, ours) => {
  const call = ours.call('echo', whole, {
    headers: new Headers({ 'x-one': '1', 'x-two-bin': new Uint8Array([1, 2, 255]) }),
  })
  await ours.send(call)
  t.is(call.replyHeaders.get('x-one'), '1')
  t.deepEqual([...(call.replyHeaders.get('x-two-bin') ?? [])], [1, 2, 255])
  t.is(call.replyTrailers.get('x-tail'), '1')
  t.deepEqual([...(call.replyTrailers.get('x-tail-bin') ?? [])], [1, 2, 255])
})

async function ourError(promise: Promise<unknown>): Promise<RpcError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof RpcError) return error
    throw error
  }
  throw new Error('the call did not fail')
}

theirServer('every code', async (t, ours) => {
  for (const code of Object.keys(Code).filter(name => Number.isNaN(Number(name)) && name !== 'ok')) {
    const error = await ourError(ours.send(ours.call('fail', { code, message: `as ${code}`, typed: false })))
    t.like(error, { code: Code[code as keyof typeof Code], message: `as ${code}` })
    t.is(error.headers?.get('x-why'), 'w')
  }
})

theirServer('a declared error as its class', async (t, ours) => {
  const error = await ourError(ours.send(ours.call('fail', { code: 'aborted', message: 'no', typed: true })))
  t.true(error instanceof Refused)
  t.like(error, { code: Code.aborted, message: 'no', why: 'full', limit: 7n })
})

theirServer('a deadline', async (t, ours) => {
  const error = await ourError(ours.send(ours.call('hang', whole, { timeout: 40 })))
  t.is(error.code, Code.deadline_exceeded)
})

theirServer('a cancelled call', async (t, ours) => {
  const call = ours.call('hang', whole)
  const failed = ourError(ours.send(call))
  while (ours.seen.left === undefined) await new Promise(setImmediate)
  t.true(ours.seen.left > 0 && ours.seen.left <= 60_000)
  call.cancel(new RpcError('enough', Code.canceled))
  t.is((await failed).code, Code.canceled)
  while (ours.seen.canceled !== true) await new Promise(setImmediate)
  t.pass()
})

theirServer('server streaming, with headers and trailers', async (t, ours) => {
  const call = ours.call('count', { upTo: 3, fail: false })
  t.deepEqual(await totals((await ours.send(call)) as AsyncIterable<Record>), [1n, 2n, 3n])
  t.is(call.replyHeaders.get('x-head'), 'h')
  t.is(call.replyTrailers.get('x-tail'), 't')
  const many = await ours.send(ours.call('count', { upTo: 5000, fail: false }))
  t.is((await totals(many as AsyncIterable<Record>)).length, 5000)
})

theirServer('server streaming that fails at the end, typed', async (t, ours) => {
  const stream = (await ours.send(ours.call('count', { upTo: 1, fail: true }))) as AsyncIterable<Record>
  const error = await ourError(totals(stream))
  t.true(error instanceof Refused)
  t.like(error, { code: Code.aborted, message: 'at the end', why: 'full' })
  t.is(error.headers?.get('x-tail'), 't')
})

async function* records(...values: bigint[]) {
  for (const total of values) yield Record.of({ total })
}

theirServer('client streaming', async (t, ours) => {
  t.is(((await ours.send(ours.call('sum', records(1n, 2n, 3n)))) as Record).total, 6n)
  t.is(((await ours.send(ours.call('sum', records()))) as Record).total, 0n)
})

theirServer(
  'both directions: the stock server takes none over HTTP/1.1, and says so by a bare status',
  async (t, ours) => {
    if (ours.version === '2') {
      const stream = await ours.send(ours.call('chat', records(1n, 2n)))
      t.deepEqual(await totals(stream as AsyncIterable<Record>), [2n, 4n])
      return
    }
    const error = await ourError(ours.send(ours.call('chat', records(1n, 2n))))
    t.is(error.code, Code.unknown)
    t.regex(error.message, /HTTP status 505/)
  },
)
