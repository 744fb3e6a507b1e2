import test from 'ava'
import type { CallObserver } from '../../src/core/call-observer.js'
import {
  type CallFields,
  connect,
  disconnect,
  Field,
  hedge,
  Message,
  Method,
  Safe,
  Service,
  serve,
  string,
} from '../../src/index.js'

@Message('logtraces.Word')
class Word {
  @Field(1, string) text = ''
}

@Service('logtraces.Echo')
class Echo {
  @Method({ accepts: Word, returns: Word }) @Safe() async say(word: Word): Promise<Word> {
    return word
  }
}

test('the line of a hedged call has its trace, which only its attempts carry', async t => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  const tracing: CallObserver = {
    needsHeaders: true,
    callBegan: () => ({
      attemptBegan: ({ call }) => {
        call.headers.set('traceparent', `00-${traceId}-00f067aa0ba902b7-01`)
        return undefined
      },
      ended: () => {},
    }),
  }
  const lines: CallFields[] = []
  const line = (fields: CallFields) => void lines.push(fields)
  const server = await serve([Echo])
  const remote = connect(Echo, `grpc://${server.address}`, {
    observers: [tracing],
    log: { info: line, warn: line, error: line },
    policies: [hedge({ attempts: 2, delay: '10s' })],
  })
  t.teardown(async () => {
    await disconnect(remote)
    await server.close()
  })
  await remote.say({ text: 'hello' })
  t.deepEqual(
    lines.map(one => one.traceId),
    [traceId],
  )
})
