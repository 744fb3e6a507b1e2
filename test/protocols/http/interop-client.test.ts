// A polywire client calls Connect's own server. `interop.test.ts` has the other direction.
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { type Code as ConnectCode, ConnectError, type ConnectRouter } from '@connectrpc/connect'
import { connectNodeAdapter } from '@connectrpc/connect-node'
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
import * as stock from '../../fixtures/generated/interop_pb.js'
import { Color, Interop, Record, Refused } from '../../fixtures/interop.js'
import { at, cellName, cells, totals } from './stock.js'

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
  for (const cell of cells) {
    const { version, wire, manner } = cell
    test(`our client, stock server, ${cellName(cell)}: ${title}`, async t => {
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
      t.teardown(async () => {
        await link.close()
        if ('closeAllConnections' in server) server.closeAllConnections()
        server.close()
      })
      await body(t, { version, seen, call: callOf, send: link.handle })
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
