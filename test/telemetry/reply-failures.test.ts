import test from 'ava'
import type { CallObserver } from '../../src/core/call-observer.js'
import {
  connect,
  disconnect,
  Field,
  int32,
  Message,
  Method,
  Service,
  serve,
  streamOf,
  string,
} from '../../src/index.js'
import { deferred } from '../support/deferred.js'

@Message('replyfailures.Word')
class Word {
  @Field(1, string) text = ''
}

@Service('replyfailures.Words')
class Words {
  @Method({ accepts: int32, returns: streamOf(Word) }) async *all(count: number): AsyncIterable<Word> {
    for (let i = 0; i < count; i++) yield { text: 'well' }
    yield { text: 1 as never }
  }
}

for (const wire of ['grpc', 'http', 'http2', 'ws', 'memory'])
  test(`${wire}: a stream with a reply that cannot be encoded ends with that failure at the server`, async t => {
    const ended = deferred<unknown>()
    const observer: CallObserver = {
      callBegan: () => ({ ended: ({ error }) => ended.resolve(error?.reason) }),
    }
    const inMemory = wire === 'memory' ? ({ port: false, memory: 'reply-failures' } as const) : {}
    const server = await serve([Words], { observers: [observer], report: () => {}, ...inMemory })
    const words = connect(Words, wire === 'memory' ? 'memory://reply-failures' : `${wire}://${server.address}`)
    t.teardown(async () => {
      await disconnect(words)
      await server.close()
    })
    const read: string[] = []
    await t.throwsAsync(
      async () => {
        for await (const { text } of words.all(2)) read.push(text)
      },
      { message: /reply/ },
    )
    t.deepEqual(read, ['well', 'well'])
    t.is(await ended.promise, 'unwritable_reply')
  })
