import test from 'ava'
import type { Call } from '../../src/index.js'
import { balanced, Context, connect, disconnect, Method, Service, serve, streamOf } from '../../src/index.js'
import { HealthCheckRequest, HealthCheckResponse, ServingStatus } from '../../src/protocols/grpc/health.js'
import { Hello, HelloService } from '../fixtures/hello.js'

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
