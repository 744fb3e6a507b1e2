import test from 'ava'
import {
  HealthCheckRequest,
  HealthCheckResponse,
  HealthCheckResponseServingStatus as ServingStatus,
} from '../../src/contracts/grpc/health/v1/health.js'
import type { Call } from '../../src/index.js'
import {
  balanced,
  Code,
  Context,
  connect,
  disconnect,
  Method,
  RpcError,
  Service,
  serve,
  streamOf,
} from '../../src/index.js'
import { Hello, HelloService } from '../fixtures/hello.js'
import { connected } from './scripted.js'

/** A health service whose answer the test changes. */
@Service('grpc.health.v1.Health')
class ScriptedHealth {
  private readonly said: ServingStatus[] = [ServingStatus.SERVING]
  private wake: () => void = () => {}

  @Method({ accepts: HealthCheckRequest, returns: streamOf(HealthCheckResponse) })
  async *watch(_request: HealthCheckRequest, @Context() call?: Call): AsyncIterable<HealthCheckResponse> {
    for (let at = 0; ; at++) {
      while (at >= this.said.length) {
        await new Promise<void>((resolve, reject) => {
          this.wake = resolve
          call?.onCancel(reject)
        })
      }
      yield { status: this.said[at] as ServingStatus }
    }
  }

  say(status: ServingStatus): void {
    this.said.push(status)
    this.wake()
  }
}

const local = { host: '127.0.0.1', report: () => {}, standardServices: false, protocols: ['grpc'] }

test('a server that says it does not serve is left out, and comes back when it serves again', async t => {
  const [sick, well] = [new HelloService(), new HelloService()]
  const health = new ScriptedHealth()
  const servers = [await serve([sick, health], local), await serve([well], local)]
  const hello = connect(Hello, `grpc://${servers.map(server => server.address).join(',')}`, {
    health: true,
    policies: [balanced('round-robin')],
  })
  const callUntil = async (done: () => boolean) => {
    for (let i = 0; i < 5000 && !done(); i++) await hello.divide(1, 1)
    return done()
  }
  t.true(await callUntil(() => sick.calls > 0 && well.calls > 0), 'one that has no health service serves')

  health.say(ServingStatus.NOT_SERVING)
  let before = -1
  t.true(
    await callUntil(() => {
      const quiet = sick.calls === before && well.calls % 200 === 0
      if (well.calls % 200 === 1) before = sick.calls
      return quiet
    }),
    'calls stop going to the one that does not serve',
  )

  before = sick.calls
  health.say(ServingStatus.SERVING)
  t.true(await callUntil(() => sick.calls > before), 'and go to it again')
  await disconnect(hello)
  await Promise.all(servers.map(server => server.close()))
})

const watch = '/grpc.health.v1.Health/Watch'

/** A remote that asks its servers how they are, and what each of them says next. */
function watched(endpoints: string) {
  const { scripted, clock, hello } = connected(endpoints, { health: true })
  const tell = new Map<string, (status: ServingStatus) => void>()
  scripted.onCall = async (address, call) => {
    if (call.method.path !== watch) return undefined
    return (async function* () {
      for (;;) yield { status: await new Promise<ServingStatus>(resolve => tell.set(address, resolve)) }
    })()
  }
  /** As a server goes that drains: it says so, answers what it has, and closes the connection. */
  const drain = async (address: string) => {
    tell.get(address)?.(ServingStatus.NOT_SERVING)
    await clock.advance(0)
    const link = scripted.links[scripted.dials.indexOf(address)]
    Object.assign(link as object, { open: false })
    link?.onClose?.(undefined)
  }
  return { scripted, clock, hello, drain }
}

test('a server that said it does not serve, and went, is dialled again', async t => {
  const { scripted, clock, hello, drain } = watched('a,b')
  for (let i = 0; i < 2; i++) await hello.ping()
  await clock.advance(0)
  await drain('a:1')
  scripted.calls.length = 0
  for (let i = 0; i < 4; i++) await hello.ping()
  t.deepEqual([...new Set(scripted.calls)].sort(), ['a:1', 'b:1'])
  await disconnect(hello)
})

test('servers that drain all at once are no outage for good', async t => {
  const { scripted, clock, hello, drain } = watched('a,b')
  for (let i = 0; i < 2; i++) await hello.ping()
  await clock.advance(0)
  await Promise.all([drain('a:1'), drain('b:1')])
  for (let i = 0; i < 2; i++) await hello.ping()
  t.is(scripted.dials.length, 4)
  await disconnect(hello)
})

for (const code of [Code.permission_denied, Code.unauthenticated, Code.unimplemented]) {
  test(`a server that answers ${Code[code]} says nothing of its health: it serves, and is not asked again`, async t => {
    const { scripted, clock, hello } = connected('a', { health: true })
    let watches = 0
    scripted.onCall = async (_address, call) => {
      if (call.method.path !== watch) return undefined
      watches++
      throw new RpcError('not for you', code)
    }
    await hello.ping()
    await clock.advance(600_000)
    await hello.ping()
    t.is(watches, 1)
    await disconnect(hello)
  })
}
