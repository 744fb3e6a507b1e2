import { trace } from '@opentelemetry/api'
import { BasicTracerProvider, SimpleSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace-base'
import test from 'ava'
import { connect, disconnect, Method, Service, serve, string } from '../../src/index.js'
import { openTelemetry } from '../../src/opentelemetry/index.js'

@Service('exported.Echo')
class Echo {
  @Method(string) async say(): Promise<string> {
    return 'hello'
  }
}

const broken: SpanProcessor = {
  onStart() {
    throw new Error('a broken processor')
  },
  onEnd() {
    throw new Error('a broken exporter')
  },
  forceFlush: async () => {},
  shutdown: async () => {},
}

let isBroken = false
let exported = 0
/** Never says that it is done. */
const hanging = new SimpleSpanProcessor({ export: () => void exported++, shutdown: async () => {} })
const switched: SpanProcessor = {
  onStart: (span, parent) => (isBroken ? broken : hanging).onStart(span, parent),
  onEnd: span => (isBroken ? broken : hanging).onEnd(span),
  forceFlush: async () => {},
  shutdown: async () => {},
}
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [switched] }))

for (const [what, broke] of [
  ['hangs', false],
  ['throws', true],
] as const)
  test.serial(`an exporter that ${what} harms no call`, async t => {
    isBroken = broke
    const reports: unknown[] = []
    const options = { observers: [openTelemetry()], report: (error: unknown) => void reports.push(error) }
    const server = await serve([Echo], options)
    const remote = connect(Echo, `grpc://${server.address}`, options)
    t.teardown(async () => {
      await disconnect(remote)
      await server.close()
    })
    for (let i = 0; i < 20; i++) t.is(await remote.say(), 'hello')
    await new Promise(setImmediate)
    if (broke) {
      t.true(reports.length >= 40)
      t.true(reports.every(error => String(error).includes('a broken ')))
    } else {
      t.deepEqual(reports, [])
      t.true(exported >= 20)
    }
  })
