import test from 'ava'
import type { TrialEvent } from '../../src/console/trial-views.js'
import type { MethodView } from '../../src/console/views.js'
import {
  CallHistory,
  connect,
  currentCall,
  disconnect,
  Field,
  int32,
  Message,
  Method,
  Resumable,
  Safe,
  Service,
  serve,
  streamOf,
} from '../../src/index.js'
import { Relay } from '../support/relay.js'
import { json, opened, withConsole } from './rig.js'

@Message('resumed.Tick')
class Tick {
  @Field(1, int32) id = 0
}

@Service('resumed.Ticker')
class Ticker {
  /** The stream that begins ends only with its connection; the one that goes on ends by itself. */
  @Method({ accepts: Tick, returns: streamOf(Tick) })
  @Safe()
  @Resumable({ key: ({ id }: Tick) => id, initialBackoff: '1ms' })
  async *watch(_from: Tick): AsyncIterable<Tick> {
    const { lastEventId, signal } = currentCall()
    if (lastEventId !== undefined) {
      yield { id: Number(lastEventId) + 1 }
      return
    }
    yield { id: 1 }
    await new Promise(resolve => signal.addEventListener('abort', resolve))
  }
}

test('a stream that is cut shows what @Resumable decides, and goes on', async t => {
  const replica = await serve([Ticker], { protocols: ['grpc'], report: () => {} })
  t.teardown(() => replica.close())
  const relay = await Relay.before(replica.port)
  t.teardown(() => relay.close())
  const calls = new CallHistory()
  const ticker = connect(Ticker, `grpc://${relay.address}`, { observers: [calls], report: () => {} })
  t.teardown(() => disconnect(ticker))
  const { consoleUrl = '' } = await withConsole(t, { console: { calls } })
  const { next, ended } = await opened(consoleUrl, { method: 'resumed.Ticker/Watch', side: 'called', messages: [{}] })
  t.is((await next()).type, 'open')
  t.is((await next()).type, 'sent')
  t.like(await next(), { type: 'received', message: { id: 1 } })
  relay.cut()
  t.like(await next(), {
    type: 'decided',
    decision: { policy: 'resumable', action: 'retry', why: 'backoff', code: 'connection_lost' },
  })
  let event: TrialEvent
  do event = await next()
  while (event.type === 'decided')
  t.like(event, { type: 'received', message: { id: 2 } })
  const end = await next()
  t.like(end, { type: 'end', code: 'ok' })
  t.true(end.type === 'end' && (end.call?.attempts ?? 0) > 1)
  await ended
  const { layers } = await json<MethodView>(`${consoleUrl}api/method/resumed.Ticker/Watch?side=called`)
  t.like(
    layers.find(({ policy }) => policy === 'resumable'),
    { stage: 'call', by: 'method' },
  )
})
