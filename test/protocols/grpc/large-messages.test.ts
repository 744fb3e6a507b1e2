import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import {
  bytes,
  connect,
  disconnect,
  Field,
  Message,
  Method,
  Service,
  serve,
  type TlsOptions,
  withCall,
} from '../../../src/index.js'
import { authority, server as certificate } from '../../fixtures/certificates.js'

@Message('large.Blob')
class Blob {
  @Field(1, bytes) data!: Uint8Array
}

/** Keeps what it was sent, as an application may. */
@Service('large.Echo')
class Echo {
  readonly kept: Uint8Array[] = []

  @Method({ accepts: Blob, returns: Blob })
  async echo(request: Blob): Promise<Blob> {
    this.kept.push(request.data)
    return request
  }
}

/** Bytes that name their call, so that those of another one show. */
function bytesOf(call: number, size: number): Buffer {
  return Buffer.alloc(size, `${call} `)
}

function nameIn(data: Uint8Array): number {
  return Number.parseInt(Buffer.from(data.subarray(0, 8)).toString('latin1'), 10)
}

/** Makes calls of these sizes, and cancels some half-way; checks what both sides hold when all are over. */
async function exchange(t: ExecutionContext, sizes: readonly number[], tls?: TlsOptions): Promise<void> {
  const service = new Echo()
  const options = tls === undefined ? {} : { tls: certificate }
  const server = await serve([service], { protocols: ['grpc'], host: '127.0.0.1', ...options })
  const echo = connect(Echo, { protocol: 'grpc', endpoints: [server.address], ...(tls && { tls }) })
  const replies: (Uint8Array | undefined)[] = []
  const call = async (at: number, size: number): Promise<void> => {
    const abort = new AbortController()
    const reply = withCall(echo, { signal: abort.signal }).echo({ data: bytesOf(at, size) })
    if (at % 5 === 4) setImmediate(() => abort.abort())
    replies[at] = await reply.then(
      ({ data }) => data,
      () => undefined,
    )
  }
  for (let at = 0; at < sizes.length; at += 6) {
    await Promise.all(sizes.slice(at, at + 6).map((size, offset) => call(at + offset, size)))
  }
  for (const [at, size] of sizes.entries()) {
    const reply = replies[at]
    if (reply !== undefined) t.true(bytesOf(at, size).equals(reply), `reply ${at}`)
    else t.is(at % 5, 4, `call ${at} failed`)
  }
  for (const data of service.kept) {
    const at = nameIn(data)
    t.true(bytesOf(at, sizes[at] as number).equals(data), `request ${at}`)
  }
  await disconnect(echo)
  await server.close()
}

const sizes = fc.array(fc.integer({ min: 30_000, max: 1_500_000 }), { minLength: 6, maxLength: 30 })

test('large messages keep their bytes while memory is used again for later ones', async t => {
  await fc.assert(
    fc.asyncProperty(sizes, list => exchange(t, list)),
    { numRuns: 8 },
  )
})

test('large messages keep their bytes under TLS', async t => {
  await fc.assert(
    fc.asyncProperty(sizes, list => exchange(t, list, { ca: authority, serverName: 'localhost' })),
    { numRuns: 3 },
  )
})
