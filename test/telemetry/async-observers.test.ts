import test from 'ava'
import type { CallObserver } from '../../src/core/call-observer.js'
import { connect, disconnect, Field, Message, Method, Service, serve, string } from '../../src/index.js'

@Message('asyncobservers.Word')
class Word {
  @Field(1, string) text = ''
}

@Service('asyncobservers.Echo')
class Echo {
  @Method({ accepts: Word, returns: Word }) async say(word: Word): Promise<Word> {
    return word
  }
}

async function fail(what: string): Promise<void> {
  throw new Error(what)
}

/** TypeScript takes an async function where nothing is to be returned. */
const failing = (name: string): CallObserver => ({
  callBegan: () => ({
    attemptBegan: () => ({ ended: () => fail(`${name} attempt`) }),
    message: direction => fail(`${name} ${direction}`),
    ended: () => fail(`${name} ended`),
  }),
})

test('what async observers and loggers reject with is reported, and does not end the process', async t => {
  const reports = new Set<string>()
  const report = (error: unknown) => void reports.add((error as Error).message)
  const log = { info: () => fail('log'), warn: () => fail('log'), error: () => fail('log') }
  const server = await serve([Echo], { observers: [failing('server'), failing('other')], report })
  const remote = connect(Echo, `grpc://${server.address}`, { observers: [failing('client')], log, report })
  t.teardown(async () => {
    await disconnect(remote)
    await server.close()
  })
  t.is((await remote.say({ text: 'hello' })).text, 'hello')
  await new Promise(setImmediate)
  t.deepEqual(
    [...reports].sort(),
    ['client attempt', 'client ended', 'client received', 'client sent', 'log', 'other ended', 'other received'].concat(
      ['other sent', 'server ended', 'server received', 'server sent'],
    ),
  )
})
