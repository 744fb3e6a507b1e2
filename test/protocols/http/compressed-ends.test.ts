import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { Code, connect, disconnect, RpcError } from '../../../src/index.js'
import { Hello } from '../../fixtures/hello.js'

type Bytes = string | Buffer

/** One envelope. */
function envelope(flags: number, body: Bytes): Buffer {
  const bytes = Buffer.from(body)
  const head = Buffer.alloc(5)
  head[0] = flags
  head.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}

interface Streamed {
  readonly ticks: number
  readonly error: RpcError | undefined
}

/** What our client makes of a stream of these bytes, however they are cut. */
async function streamed(
  bytes: Buffer,
  { encoding = 'gzip', pieces = 1, messageBytes = 4 << 20 } = {},
): Promise<Streamed> {
  const server = createServer((request, response) => {
    request.resume()
    const headers = {
      'content-type': 'application/connect+json',
      ...(encoding !== '' && { 'connect-content-encoding': encoding }),
    }
    response.writeHead(200, headers)
    const size = Math.ceil(bytes.length / pieces)
    for (let at = 0; at < bytes.length; at += size) response.write(bytes.subarray(at, at + size))
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const hello = connect(Hello, `http://${address}`, { limits: { messageBytes } })
  let ticks = 0
  try {
    for await (const _ of hello.watch(1)) ticks++
    return { ticks, error: undefined }
  } catch (error) {
    return { ticks, error: error as RpcError }
  } finally {
    await disconnect(hello)
    server.closeAllConnections()
    server.close()
  }
}

const compressions = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync } as const
const aborted = JSON.stringify({ error: { code: 'aborted', message: 'enough' }, metadata: { 'x-tail': ['t'] } })

for (const [encoding, compress] of Object.entries(compressions)) {
  test(`an end of stream in ${encoding}, with an error, without one, and behind messages`, async t => {
    for (const pieces of [1, 7]) {
      for (const messages of [0, 1, 3]) {
        const before = Array.from({ length: messages }, () => envelope(1, compress('{}')))
        const well = await streamed(Buffer.concat([...before, envelope(3, compress('{}'))]), { encoding, pieces })
        t.deepEqual([well.ticks, well.error], [messages, undefined])
        const failed = await streamed(Buffer.concat([...before, envelope(3, compress(aborted))]), { encoding, pieces })
        t.is(failed.ticks, messages)
        t.deepEqual([failed.error?.code, failed.error?.message], [Code.aborted, 'enough'])
        t.is(failed.error?.headers?.get('x-tail'), 't')
      }
    }
  })
}

async function fails(t: ExecutionContext, given: Promise<Streamed>, code: Code, reason?: string): Promise<void> {
  const { error } = await given
  t.true(error instanceof RpcError)
  t.is(Code[error?.code ?? 0], Code[code])
  if (reason !== undefined) t.is(error?.reason, reason)
}

test('an end of stream that inflates to more than it may is given up within its limit', async t => {
  const bomb = gzipSync(Buffer.alloc(64 << 20, ' '))
  await fails(t, streamed(envelope(3, bomb)), Code.resource_exhausted, 'message_too_large')
})

test('an end of stream that is not of its encoding, or of none', async t => {
  await fails(t, streamed(envelope(3, 'nonsense')), Code.internal, 'malformed_encoding')
  await fails(t, streamed(envelope(3, gzipSync('[]'))), Code.internal, 'malformed_reply')
  await fails(t, streamed(envelope(3, gzipSync('{}')), { encoding: '' }), Code.internal, 'malformed_envelope')
})

test('an end of stream over the limit of a message keeps its code, compressed or not', async t => {
  const end = JSON.stringify({ error: { code: 'aborted', message: 'x'.repeat(100_000) } })
  await fails(t, streamed(envelope(2, end), { messageBytes: 1000 }), Code.aborted)
  await fails(t, streamed(envelope(3, gzipSync(end)), { messageBytes: 1000 }), Code.aborted)
  // A message of that size is still one too large.
  await fails(t, streamed(envelope(0, `{"a":"${'x'.repeat(5000)}"}`), { messageBytes: 1000 }), Code.resource_exhausted)
})
