import test from 'ava'
import {
  Code,
  connect,
  disconnect,
  inspect,
  int32,
  Method,
  RpcError,
  Service,
  serve,
  streamOf,
  string,
  use,
} from '../../src/index.js'
import { outcome } from '../support/calls.js'

type Next = () => Promise<IteratorResult<number>>

/** What handlers make by hand, and get wrong, behind a few good steps. */
const mistakes: Readonly<Record<string, () => unknown>> = {
  'throws at once': () => {
    throw new Error('secret')
  },
  'returns no promise': () => ({ done: false, value: 7 }),
  'returns nothing': () => undefined,
  'resolves with nothing': () => Promise.resolve(undefined),
}

@Service('rude.Streams')
class Streams {
  @Method({ accepts: string, returns: streamOf(int32) })
  count(mistake: string): AsyncIterable<number> {
    let step = 0
    const next = (() => {
      step++
      return step <= 3 ? Promise.resolve({ done: false, value: step }) : mistakes[mistake]?.()
    }) as Next
    return { [Symbol.asyncIterator]: () => ({ next }) }
  }

  @Method({ accepts: string, returns: streamOf(int32) })
  noStream(_mistake: string): AsyncIterable<number> {
    return undefined as never
  }

  @Method({ accepts: string, returns: streamOf(int32) })
  none(_mistake: string): AsyncIterable<number> {
    return {
      [Symbol.asyncIterator]: () => {
        throw new Error('secret')
      },
    }
  }
}

async function all(messages: AsyncIterable<number>): Promise<number[]> {
  const seen: number[] = []
  for await (const message of messages) seen.push(message)
  return seen
}

for (const scheme of ['grpc', 'http', 'memory']) {
  test(`${scheme}: an iterator that breaks its contract costs its own call, is reported, and leaves the server whole`, async t => {
    const reported: unknown[] = []
    const memory = `rude-${scheme}`
    const server = await serve([Streams], {
      host: '127.0.0.1',
      memory,
      limits: { concurrency: 1 },
      report: error => reported.push(error),
    })
    const streams = connect(Streams, scheme === 'memory' ? `memory://${memory}` : `${scheme}://${server.address}`)
    const without = [() => streams.none(''), () => streams.noStream(''), () => streams.none('')]
    for (const call of [...Object.keys(mistakes).map(one => () => streams.count(one)), ...without]) {
      const before = reported.length
      // Each has the one place that there is, which the one before gave back.
      const error = (await outcome(all(call()))).error as RpcError
      t.true(error instanceof RpcError)
      t.not(error.code, Code.unavailable)
      t.notRegex(error.message, /secret/)
      t.not(error.code, Code.resource_exhausted)
      t.is(reported.length, before + 1)
    }
    await disconnect(streams)
    await server.close()
  })
}

test('a policy of the client that gives no stream costs its own call, and leaves its endpoint idle', async t => {
  const server = await serve([Streams], { host: '127.0.0.1', report: () => {} })
  const broken = use(() => async () => undefined, { name: 'broken', after: 'balanced' })
  const streams = connect(Streams, `grpc://${server.address}`, { policies: [broken] })
  for (let n = 0; n < 3; n++) t.true((await outcome(all(streams.count('')))).error instanceof RpcError)
  t.deepEqual(
    inspect(streams).endpoints.map(({ inFlight }) => inFlight),
    [0],
  )
  await disconnect(streams)
  await server.close()
})
