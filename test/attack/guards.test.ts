import { connect as connectHttp2 } from 'node:http2'
import test from 'ava'
import { authorize, type HostingOptions, serve } from '../../src/index.js'
import { Target } from './target.js'

/** The gRPC status of a call with an empty request. */
async function statusOf(port: number, path: string): Promise<string> {
  const session = connectHttp2(`http://127.0.0.1:${port}`)
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  const status = await new Promise<string>(resolve => {
    const take = (headers: Record<string, unknown>) => {
      if (headers['grpc-status'] !== undefined) resolve(String(headers['grpc-status']))
    }
    stream.on('response', take)
    stream.on('trailers', take)
    stream.resume()
    stream.end(Buffer.alloc(5))
  })
  session.destroy()
  return status
}

const reflection = [
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
]
const health = '/grpc.health.v1.Health/Check'

async function withServer(options: object, run: (port: number) => Promise<void>): Promise<void> {
  const server = await serve([Target], { host: '127.0.0.1', report: () => {}, ...options } satisfies HostingOptions)
  try {
    await run(server.port)
  } finally {
    await server.close()
  }
}

test('who is refused by serve({ policies }) is refused by health and reflection too', async t => {
  const refuse = authorize(() => false)
  await withServer({ policies: [refuse], reflection: true }, async port => {
    for (const path of ['/attack.Target/Take', health, ...reflection]) t.is(await statusOf(port, path), '7', path)
  })
})

test('reflection is off unless it is asked for', async t => {
  await withServer({}, async port => {
    for (const path of reflection) t.is(await statusOf(port, path), '12', path)
    t.is(await statusOf(port, health), '0')
  })
})

test('reflection that is asked for is there', async t => {
  await withServer({ reflection: true }, async port => {
    for (const path of reflection) t.not(await statusOf(port, path), '12', path)
  })
})
