import test from 'ava'
import {
  Code,
  connect,
  disconnect,
  Method,
  nothing,
  peerReason,
  RateLimit,
  type Reason,
  RpcError,
  Service,
  serve,
  string,
} from '../../src/index.js'
import { outcome } from '../support/calls.js'

@Service('test.Limited')
class Limited {
  @Method(nothing) @RateLimit({ rate: 1, burst: 1 }) async ping(): Promise<void> {}

  @Method({ accepts: string, returns: string }) async echo(text: string): Promise<string> {
    return text
  }

  @Method(nothing) async fail(): Promise<void> {
    throw new RpcError('no', Code.resource_exhausted)
  }
}

const wires = [
  ...['grpc', 'http', 'http?codec=proto', 'avro', 'avro?transport=http', 'memory'],
  ...['thrift', 'thrift?codec=compact', 'thrift?codec=json', 'thrift?transport=http'],
]

for (const wire of wires) {
  const [scheme, query = ''] = wire.split('?')
  test(`a refusal tells its caller the reason: ${wire}`, async t => {
    const memory = `limited-${wire.replaceAll(/\W/g, '-')}`
    const limits = { messageBytes: 10_000 }
    const server = await serve([Limited], { host: '127.0.0.1', memory, limits, report: () => {} })
    const place = scheme === 'memory' ? memory : server.address
    const remote = connect(Limited, `${scheme}://${place}${query === '' ? '' : `?${query}`}`)
    t.teardown(async () => {
      await disconnect(remote)
      await server.close()
    })
    const reasonOf = async (call: Promise<unknown>) => {
      const error = (await outcome(call)).error as RpcError
      t.is(error.code, Code.resource_exhausted, error.message)
      return peerReason(error)
    }
    await remote.ping()
    t.is(await reasonOf(remote.ping()), 'rate_limited')
    // Avro and Thrift over HTTP answer a body that is too large by 413, before there is a message.
    const ofLarge: Reason | undefined = query === 'transport=http' ? undefined : 'message_too_large'
    t.is(await reasonOf(remote.echo('x'.repeat(40_000))), ofLarge)
    t.is(await reasonOf(remote.fail()), undefined, 'an error of the handler')
  })
}
