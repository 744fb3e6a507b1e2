// Connect's own client calls a polywire server. `interop-client.test.ts` has the other direction.
import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { type Client, Code as ConnectCode, ConnectError, createClient } from '@connectrpc/connect'
import { createConnectTransport, Http2SessionManager } from '@connectrpc/connect-node'
import test, { type ExecutionContext } from 'ava'
import { Code, serve } from '../../../src/index.js'
import * as stock from '../../fixtures/generated/interop_pb.js'
import { InteropService } from '../../fixtures/interop.js'
import { deferred } from '../../support/deferred.js'
import { at, cellName, cells, totals } from './stock.js'

type StockClient = Client<typeof stock.Interop>
type ServedTest = (t: ExecutionContext, client: StockClient, service: InteropService, version: string) => Promise<void>

function theirClient(title: string, body: ServedTest, { useHttpGet = false } = {}): void {
  for (const cell of cells) {
    const { version, wire, manner } = cell
    test(`stock client, our server, ${cellName(cell)}: ${title}`, async t => {
      const service = new InteropService()
      const report = (error: unknown) => t.fail(String(error))
      const server = await serve([service], { host: '127.0.0.1', report })
      const sessions = new Http2SessionManager(`http://${server.address}`)
      t.teardown(async () => {
        sessions.abort()
        await server.close()
      })
      const transport = createConnectTransport({
        baseUrl: `http://${server.address}`,
        useBinaryFormat: wire === 'proto',
        useHttpGet,
        compressMinBytes: manner.compressMinBytes,
        ...('sendCompression' in manner && { sendCompression: manner.sendCompression }),
        ...(version === '2' ? { httpVersion: '2', sessionManager: sessions } : { httpVersion: '1.1' }),
      })
      await body(t, createClient(stock.Interop, transport), service, version)
    })
  }
}

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

theirClient('both directions', async (t, client, _service, version) => {
  t.deepEqual(await totals(client.chat(stockRecords(1n, 2n))), [2n, 4n])
  // Over HTTP/1.1 the stock client sends all requests before it reads a reply.
  if (version === '1.1') return
  const gate = deferred<void>()
  async function* requests() {
    yield create(stock.RecordSchema, { total: 1n })
    await gate.promise
    yield create(stock.RecordSchema, { total: 2n })
  }
  const replies = client.chat(requests())[Symbol.asyncIterator]()
  t.is((await replies.next()).value?.total, 2n)
  gate.resolve()
  t.is((await replies.next()).value?.total, 4n)
  t.true((await replies.next()).done)
})
