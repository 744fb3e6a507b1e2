import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { takeLargeFrom } from '../../src/codecs/bytes/byte-writer.js'
import { largeMemory } from '../../src/codecs/bytes/large-memory.js'
import {
  bytes,
  connect,
  disconnect,
  Field,
  Message,
  Method,
  type ServeOptions,
  Service,
  serve,
  streamOf,
  type Target,
  withCall,
} from '../../src/index.js'
import { authority, server as certificate } from '../fixtures/certificates.js'

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

  @Method({ accepts: streamOf(Blob), returns: streamOf(Blob) })
  async *echoAll(requests: AsyncIterable<Blob>): AsyncIterable<Blob> {
    for await (const request of requests) {
      this.kept.push(request.data)
      yield request
    }
  }
}

interface Wire {
  readonly serve: ServeOptions
  readonly target: (endpoint: string) => Target
  /** How a call is made; default: unary. */
  readonly call?: (echo: Echo, blob: Blob) => Promise<Blob>
  /** Which share of the memory that messages take is new, at most. */
  readonly fresh: number
}

const streamed = async (echo: Echo, blob: Blob): Promise<Blob> => {
  for await (const reply of echo.echoAll(one(blob))) return reply
  throw new Error('no reply')
}

async function* one(blob: Blob): AsyncIterable<Blob> {
  yield blob
}

const wires: Readonly<Record<string, Wire>> = {
  gRPC: { serve: {}, target: endpoint => `grpc://${endpoint}`, fresh: 0.2 },
  'streams of gRPC': { serve: {}, target: endpoint => `grpc://${endpoint}`, call: streamed, fresh: 0.2 },
  'gRPC under TLS': {
    serve: { tls: certificate },
    target: endpoint => ({
      protocol: 'grpcs',
      endpoints: [endpoint],
      tls: { ca: authority, serverName: 'localhost' },
    }),
    fresh: 0.2,
  },
  Thrift: { serve: {}, target: endpoint => `thrift://${endpoint}`, fresh: 0.2 },
  Avro: { serve: {}, target: endpoint => `avro://${endpoint}`, fresh: 0.2 },
  'HTTP/2': { serve: {}, target: endpoint => `http2://${endpoint}`, fresh: 0.2 },
  // Only the server knows when a message has left.
  'HTTP/1.1': { serve: {}, target: endpoint => `http://${endpoint}?version=1.1`, fresh: 0.6 },
}

/** Bytes that name their call, so that those of another one show. */
function bytesOf(call: number, size: number): Buffer {
  return Buffer.alloc(size, `${call} `)
}

function nameIn(data: Uint8Array): number {
  return Number.parseInt(Buffer.from(data.subarray(0, 8)).toString('latin1'), 10)
}

/**
 * Makes calls of these sizes, six at a time, and cancels some half-way; checks what both sides hold when all are over.
 * @param canceled whether a call is cancelled, by its number
 */
async function exchange(
  t: ExecutionContext,
  wire: Wire,
  sizes: readonly number[],
  canceled = (at: number) => at % 5 === 4,
): Promise<void> {
  const service = new Echo()
  const server = await serve([service], { host: '127.0.0.1', ...wire.serve })
  const echo = connect(Echo, wire.target(server.address))
  const make = wire.call ?? ((to, blob) => to.echo(blob))
  const replies: (Uint8Array | undefined)[] = []
  const call = async (at: number, size: number): Promise<void> => {
    const abort = new AbortController()
    const reply = make(withCall(echo, { signal: abort.signal }), { data: bytesOf(at, size) })
    if (canceled(at)) setImmediate(() => abort.abort())
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
    else t.true(canceled(at), `call ${at} failed`)
  }
  for (const data of service.kept) {
    const at = nameIn(data)
    t.true(bytesOf(at, sizes[at] as number).equals(data), `request ${at}`)
  }
  await disconnect(echo)
  await server.close()
}

const sizes = fc.array(fc.integer({ min: 30_000, max: 1_500_000 }), { minLength: 6, maxLength: 30 })

for (const [name, wire] of Object.entries(wires)) {
  test.serial(`${name}: large messages keep their bytes while memory is used again for later ones`, async t => {
    await fc.assert(
      fc.asyncProperty(sizes, list => exchange(t, wire, list)),
      { numRuns: 4 },
    )
  })

  test.serial(`${name}: the memory of large messages is used again`, async t => {
    const seen = new Set<ArrayBufferLike>()
    let taken = 0
    takeLargeFrom({
      take(size) {
        const piece = largeMemory.take(size)
        taken++
        seen.add(piece.buffer)
        return piece
      },
      giveBack: largeMemory.giveBack,
    })
    t.teardown(() => takeLargeFrom(largeMemory))
    // The memory of a call that is cancelled may be lost.
    await exchange(t, wire, new Array<number>(60).fill(300_000), () => false)
    t.true(taken >= 60, 'large messages took it')
    t.true(seen.size < taken * wire.fresh, `${seen.size} pieces served ${taken} times`)
  })
}
