import test from 'ava'
import {
  Code,
  connect,
  disconnect,
  int32,
  Method,
  RpcError,
  Service,
  serve,
  streamOf,
  withCall,
} from '../../src/index.js'
import { outcome } from '../support/calls.js'
import { deferred } from '../support/deferred.js'

@Service('test.Uploads')
class Uploads {
  /** How the stream of requests ended. */
  ended = deferred<string>()

  @Method({ accepts: streamOf(int32), returns: int32 }) async upload(parts: AsyncIterable<number>): Promise<number> {
    let count = 0
    try {
      for await (const _part of parts) count++
      this.ended.resolve('whole')
    } catch (error) {
      this.ended.resolve(error instanceof RpcError ? String(Code[error.code]) : String(error))
    }
    return count
  }
}

/** How a caller gives up in the middle of its upload; called when the third part is asked for. */
const ways: Readonly<Record<string, (abort: AbortController) => Promise<void>>> = {
  aborts: async abort => {
    abort.abort()
    await new Promise<never>(() => {})
  },
  'has a source that throws': async () => {
    throw new Error('disk')
  },
  'runs out of time': () => new Promise<never>(() => {}),
}

async function* only(parts: readonly number[]) {
  yield* parts
}

for (const scheme of ['grpc', 'http', 'memory']) {
  for (const [way, giveUp] of Object.entries(ways)) {
    test(`an upload whose caller ${way} does not look whole to the handler: ${scheme}`, async t => {
      const uploads = new Uploads()
      const memory = `${scheme} ${way}`.replaceAll(' ', '-')
      const server = await serve([uploads], { host: '127.0.0.1', memory, report: () => {} })
      const remote = connect(Uploads, scheme === 'memory' ? `memory://${memory}` : `${scheme}://${server.address}`)
      t.teardown(async () => {
        await disconnect(remote)
        await server.close()
      })
      // So that nothing is loaded or connected within the time of the call that counts.
      await remote.upload(only([]))
      const abort = new AbortController()
      async function* parts() {
        yield 1
        yield 2
        await giveUp(abort)
        yield 3
      }
      uploads.ended = deferred()
      const timeout = way === 'runs out of time' ? '1s' : '30s'
      const { error } = await outcome(withCall(remote, { signal: abort.signal, timeout }).upload(parts()))
      t.true(error instanceof RpcError, String(error))
      t.true(['canceled', 'deadline_exceeded'].includes(await uploads.ended.promise), await uploads.ended.promise)
    })
  }
}
