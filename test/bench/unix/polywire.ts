// A small unary method by our server and proxy over a Unix socket or TCP's loopback. Variant: the protocol and the socket's path, as in
// `grpc /tmp/.../1.sock`; over TCP without a path.
import { connect as connectTo, Method, Service, serve } from '../../../src/index.js'
import { Text, text } from '../grpc/echo.js'

/** Unary alone, since Thrift and Avro have no streams. */
@Service('bench.LocalEcho')
class LocalEcho {
  @Method(() => Text)
  async say(request: Text): Promise<Text> {
    return request
  }
}

export async function listen(variant: string): Promise<string> {
  const { protocol, path } = partsOf(variant)
  const where = path === '' ? { host: '127.0.0.1' } : { path }
  const server = await serve([LocalEcho], { ...where, protocols: [protocol] })
  return server.address
}

export async function connect(address: string, variant: string): Promise<() => Promise<unknown>> {
  const echo = connectTo(LocalEcho, { protocol: partsOf(variant).protocol, endpoints: [address] })
  return () => echo.say({ text })
}

function partsOf(variant: string): { protocol: string; path: string } {
  const [protocol = '', path = ''] = variant.split(' ')
  return { protocol, path }
}
