import test from 'ava'
import type { CallObserver } from '../../src/core/call-observer.js'
import { bytes, connect, disconnect, Field, int32, Message, Method, Service, serve, streamOf } from '../../src/index.js'
import { deferred } from '../support/deferred.js'

@Message('heldreplies.Part')
class Part {
  @Field(1, bytes) data = new Uint8Array()
}

const size = 1 << 20
const calls = 6

@Service('heldreplies.Store')
class Store {
  @Method({ accepts: int32, returns: Part }) async get(id: number): Promise<Part> {
    return id === calls - 1 ? { data: 5 as never } : { data: new Uint8Array(size) }
  }

  @Method({ accepts: streamOf(int32), returns: Part }) async last(ids: AsyncIterable<number>): Promise<Part> {
    let last = 0
    for await (const id of ids) last = id
    return this.get(last)
  }
}

const one = async function* (id: number) {
  yield id
}
const kinds = [
  ['grpc', 'unary', (store: Store, id: number) => store.get(id)],
  ['grpc', 'a stream of requests', (store: Store, id: number) => store.last(one(id))],
  ['http2', 'unary', (store: Store, id: number) => store.get(id)],
] as const

for (const [wire, kind, call] of kinds)
  test(`${wire}, ${kind}: a call whose reply waits for its connection ends with the bytes of the reply, or why there are none`, async t => {
    const ends: string[] = []
    const all = deferred<void>()
    const observer: CallObserver = {
      callBegan: () => {
        let sent = 0
        let hasEnded = false
        return {
          message: (direction, length) => {
            t.false(hasEnded, 'the end is told last')
            if (direction === 'sent') sent += length
          },
          ended: ({ error }) => {
            hasEnded = true
            ends.push(error === undefined ? `ok ${sent >= size}` : String(error.reason))
            if (ends.length === calls) all.resolve()
          },
        }
      },
    }
    // Each reply waits until the one before has left.
    const server = await serve([Store], { observers: [observer], limits: { unsentBytes: 1 }, report: () => {} })
    const store = connect(Store, `${wire}://${server.address}`)
    t.teardown(async () => {
      await disconnect(store)
      await server.close()
    })
    await Promise.allSettled(Array.from({ length: calls }, (_, id) => call(store, id)))
    await all.promise
    t.deepEqual(ends.sort(), [...Array<string>(calls - 1).fill('ok true'), 'unwritable_reply'])
  })
