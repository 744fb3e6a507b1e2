import { once } from 'node:events'
import * as http2 from 'node:http2'
import test, { type ExecutionContext } from 'ava'
import { ErrorCode, Http2Error } from '../../../src/http2/error.js'
import { type LimitOptions, serve } from '../../../src/index.js'
import { KeepaliveTime } from '../../../src/protocols/http2/client/keepalive-time.js'
import { HelloService } from '../../fixtures/hello.js'

async function session(t: ExecutionContext, limits: LimitOptions) {
  const server = await serve([HelloService], { port: 0, host: '127.0.0.1', limits })
  t.teardown(() => server.close())
  const client = http2.connect(`http://${server.address}`)
  t.teardown(() => client.destroy())
  await once(client, 'connect')
  return client.on('error', () => {})
}

const ping = (client: http2.ClientHttp2Session) =>
  new Promise<Error | null>(resolve => {
    client.ping(error => resolve(error))
  })

test('a client that PINGs too often is sent away; the first and two strikes pass', async t => {
  const client = await session(t, {})
  const goaway = once(client, 'goaway')
  for (let i = 0; i < 3; i++) t.is(await ping(client), null)
  const refused = ping(client)
  const [code, , data] = (await goaway) as [number, number, Buffer]
  t.is(code, http2.constants.NGHTTP2_ENHANCE_YOUR_CALM)
  t.is(data.toString(), 'too_many_pings')
  await refused
})

test('minPingTime: 0 allows any PINGs', async t => {
  const client = await session(t, { minPingTime: 0 })
  for (let i = 0; i < 10; i++) t.is(await ping(client), null)
})

test('a client doubles its keepalive time when a server says that it got too many PINGs', t => {
  const keepalive = new KeepaliveTime({ time: 10_000, timeout: 5000, withoutCalls: true })
  const expected = { keepaliveTimeout: 5000, keepaliveWithoutStreams: true }
  t.deepEqual(keepalive.options, { ...expected, keepaliveTime: 10_000 })
  keepalive.goaway(new Http2Error(ErrorCode.no_error, 'the peer sent GOAWAY: NO_ERROR'))
  keepalive.goaway(new Http2Error(ErrorCode.enhance_your_calm, 'the peer sent GOAWAY: ENHANCE_YOUR_CALM'))
  t.is(keepalive.options.keepaliveTime, 10_000)
  keepalive.goaway(
    new Http2Error(ErrorCode.enhance_your_calm, 'the peer sent GOAWAY: ENHANCE_YOUR_CALM (too_many_pings)'),
  )
  t.is(keepalive.options.keepaliveTime, 20_000)
  t.deepEqual(new KeepaliveTime(undefined).options, {})
})
