import { Server, ServerCredentials } from '@grpc/grpc-js'
import test from 'ava'
import type { Codec } from '../../src/codecs/codec.js'
import { json } from '../../src/codecs/json/codec.js'
import {
  Code,
  connect,
  disconnect,
  Method,
  RpcError,
  type ServeOptions,
  Service,
  serve,
  string,
} from '../../src/index.js'

@Service('other.Port')
class Port {
  @Method({ accepts: string, returns: string }) async say(text: string): Promise<string> {
    return text
  }
}

interface Wrong {
  readonly what: string
  readonly server: ServeOptions
  readonly scheme: string
  /** Default: as its scheme has it. */
  readonly codec?: string
  readonly says: RegExp
}

/** Known to the client alone. */
const own: Codec = { ...json, name: 'own', contentTypes: ['application/own'] }

const wrong: readonly Wrong[] = [
  {
    what: 'gRPC called at a server of HTTP alone',
    server: { protocols: ['http'] },
    scheme: 'grpc',
    says: /^\/other\.Port\/Say: 127\.0\.0\.1:\d+ answered with HTTP status 415 .*: it takes no gRPC; .* http:\/\//,
  },
  ...['http', 'http2'].map(scheme => ({
    what: `${scheme}: a codec that the server does not have`,
    server: { protocols: ['http', 'grpc'] },
    codec: 'own',
    scheme,
    says: /answered with HTTP status 415 in place of a reply: it takes application\/json, [^;]*; choose another codec$/,
  })),
]

for (const { what, server: options, scheme, codec, says } of wrong)
  test(`${what} says what to write`, async t => {
    const server = await serve([Port], { ...options, host: '127.0.0.1' })
    const client = connect(Port, `${scheme}://${server.address}${codec === undefined ? '' : `?codec=${codec}`}`, {
      codecs: [own],
    })
    t.teardown(async () => {
      await disconnect(client)
      await server.close()
    })
    const error = await t.throwsAsync(client.say('hello'), { instanceOf: RpcError })
    t.like(error, { code: Code.unknown, reason: 'unexpected_status' })
    t.regex(error?.message ?? '', says)
  })

test('HTTP/2 called at a server of gRPC alone says that nothing is served over HTTP', async t => {
  const server = await serve([Port], { protocols: ['grpc'], host: '127.0.0.1' })
  const client = connect(Port, `http2://${server.address}`)
  t.teardown(async () => {
    await disconnect(client)
    await server.close()
  })
  const error = await t.throwsAsync(client.say('hello'), { instanceOf: RpcError })
  t.is(error?.code, Code.unimplemented)
  t.is(error?.message, 'nothing is served at POST /other.Port/Say over HTTP')
})

test('HTTP/2 called at a server of gRPC of another library says what to write', async t => {
  const server = new Server()
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  )
  const client = connect(Port, `http2://127.0.0.1:${port}`)
  t.teardown(async () => {
    await disconnect(client)
    server.forceShutdown()
  })
  const error = await t.throwsAsync(client.say('hello'), { instanceOf: RpcError })
  t.is(error?.reason, 'unexpected_status')
  t.regex(error?.message ?? '', /HTTP status 415 .*: it takes no calls over HTTP; .* grpc:\/\//)
})
