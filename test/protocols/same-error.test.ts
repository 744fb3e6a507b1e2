// What of an error is the same, whichever wire carries it.
import test from 'ava'
import { Code, connect, disconnect, Method, nothing, RpcError, type Server, Service, serve } from '../../src/index.js'
import { outcome } from '../support/calls.js'

const details = [
  { type: 'shop.Reason', value: new Uint8Array([0, 1, 254, 255]) },
  { type: 'shop.Empty', value: new Uint8Array(0) },
]

@Service('test.Detailed')
class Detailed {
  @Method(nothing) async fail(): Promise<void> {
    throw new RpcError('no', Code.aborted, { details })
  }
}

/** As a newer version has it. */
@Service('test.Detailed')
class Newer {
  @Method(nothing) async later(): Promise<void> {}
}

let server: Server

test.before(async () => {
  server = await serve([Detailed], { host: '127.0.0.1', memory: 'same-error', report: () => {} })
})

test.after.always(() => server.close())

const targets = [
  ...['grpc', 'http', 'http2', 'thrift', 'avro'].map(scheme => `${scheme}://ADDRESS`),
  ...['json', 'proto', 'xml', 'msgpack'].flatMap(codec => [
    `http://ADDRESS?codec=${codec}`,
    `memory://same-error?codec=${codec}`,
  ]),
  ...['framed', 'buffered', 'header', 'zlib', 'http'].flatMap(transport =>
    ['binary', 'compact'].map(codec => `thrift://ADDRESS?codec=${codec}&transport=${transport}`),
  ),
  'thrift://ADDRESS?codec=json',
  'avro://ADDRESS?transport=framed',
  'avro://ADDRESS?transport=http',
]

for (const target of targets) {
  test(`details arrive, and an unknown method is the same failure: ${target}`, async t => {
    const at = target.replace('ADDRESS', server.address)
    const [detailed, newer] = [connect(Detailed, at), connect(Newer, at)]
    t.teardown(() => Promise.all([disconnect(detailed), disconnect(newer)]))
    const { error } = await outcome(detailed.fail())
    t.like(error, { code: Code.aborted, message: 'no' })
    t.deepEqual(
      (error as RpcError).details.map(({ type, value }) => ({ type, value: new Uint8Array(value) })),
      details,
    )
    const unknown = (await outcome(newer.later())).error
    t.like(unknown, { code: Code.unimplemented, delivery: 'unknown' })
  })
}
