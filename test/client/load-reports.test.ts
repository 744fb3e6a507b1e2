import test from 'ava'
import type { LoadReport } from '../../src/core/load-report.js'
import type { BalancerFactory, Node } from '../../src/extend.js'
import {
  Arg,
  balanced,
  connect,
  disconnect,
  double,
  Method,
  RpcError,
  retry,
  Service,
  serve,
  weightedRoundRobin,
  withCall,
} from '../../src/index.js'
import { writeLoadReport } from '../../src/policies/load-report/orca.js'
import { Hello, HelloService } from '../fixtures/hello.js'
import { outcome } from '../support/calls.js'
import { connected, unavailable } from './scripted.js'

/** Small enough for every wire. */
@Service('test.Half')
class Half {
  @Method(double) async of(@Arg(1, 'whole', double) whole: number): Promise<number> {
    return whole / 2
  }
}

interface Said {
  readonly address: string
  readonly load: LoadReport
}

/** Takes one node after the other, and writes down what they say. */
function listening() {
  const said: Said[] = []
  const factory: BalancerFactory = () => {
    let nodes: readonly Node[] = []
    let next = 0
    return {
      update: set => {
        nodes = set
      },
      pick: () => nodes[next++ % nodes.length],
      reported: ({ endpoint }, load) => said.push({ address: endpoint.address, load }),
    }
  }
  return { said, policies: [balanced(factory)] }
}

const measure = () => ({ applicationUtilization: 0.25, qps: 1000, eps: 10, named: new Map([['queue', 3]]) })

for (const target of [
  'grpc://',
  'http://',
  'thrift://?transport=header',
  'thrift://?transport=http',
  'avro://',
  'avro://?transport=http',
]) {
  test(`what a server says of its load arrives over ${target}`, async t => {
    const server = await serve([Half], {
      host: '127.0.0.1',
      report: () => {},
      reportLoad: { period: '1ms', measure },
    })
    const { said, policies } = listening()
    const half = connect(Half, target.replace('://', `://${server.address}`), { policies })
    for (let n = 0; n < 1000 && said.length === 0; n++) await half.of(1)
    t.like(said[0]?.load, measure())
    t.is(said[0]?.address, server.address)
    await disconnect(half)
    await server.close()
  })
}

for (const target of ['grpc://', 'http://']) {
  test(`and behind a stream, over ${target}`, async t => {
    const server = await serve([HelloService], {
      host: '127.0.0.1',
      report: () => {},
      reportLoad: { period: '1ms', measure },
    })
    const { said, policies } = listening()
    const hello = connect(Hello, `${target}${server.address}`, { policies })
    for (let n = 0; n < 1000 && said.length === 0; n++) for await (const _ of hello.watch(2));
    t.like(said[0]?.load, measure())
    await disconnect(hello)
    await server.close()
  })
}

test('a server says nothing unless it was told to', async t => {
  const server = await serve([HelloService], { port: false, memory: 'silent' })
  const hello = connect(Hello, 'memory://silent')
  let trailers = -1
  await withCall(hello, {
    onEnd: call => {
      trailers = call.replyTrailers.size
    },
  }).divide(1, 2)
  t.is(trailers, 0)
  await disconnect(hello)
  await server.close()
})

const load = { cpuUtilization: 0, memoryUtilization: 0, applicationUtilization: 0.5, qps: 1, eps: 0, named: new Map() }

test('a report that is garbage is told of once, and the reply is not harmed', async t => {
  const warnings: string[] = []
  const { said, policies } = listening()
  const { hello, scripted } = connected('one:1', { policies, report: error => warnings.push(String(error)) })
  let bytes = Buffer.from([0xff, 0xff, 0xff])
  scripted.onCall = (_address, call) => {
    call.receiveReplyTrailers(['endpoint-load-metrics-bin', bytes])
  }
  await hello.ping()
  await hello.ping()
  bytes = Buffer.from([0x09, 0x01])
  await hello.ping()
  t.is(warnings.length, 1)
  t.regex(warnings[0] as string, /^Error: one:1: its load report cannot be read: /)
  bytes = Buffer.from(writeLoadReport(load))
  await hello.ping()
  t.like(said, [{ load: { applicationUtilization: 0.5 } }])
  await disconnect(hello)
})

test('an attempt that failed without a word is not taken for the one before it', async t => {
  const { said, policies } = listening()
  const { hello, scripted, clock } = connected('one:1,two:1', { policies: [...policies, retry({ attempts: 2 })] })
  scripted.onCall = (address, call) => {
    if (address === 'one:1')
      call.receiveReplyTrailers(['endpoint-load-metrics-bin', Buffer.from(writeLoadReport(load))])
    throw unavailable('no', 'unknown')
  }
  const result = outcome(hello.sayHello({ name: 'a', tags: [] }))
  await clock.advance(1000)
  t.true((await result).error instanceof RpcError)
  t.deepEqual(scripted.calls, ['one:1', 'two:1'])
  t.deepEqual(
    said.map(({ address }) => address),
    ['one:1'],
  )
  await disconnect(hello)
})

test('calls go where there is room: a server that says that it is full gets fewer', async t => {
  const full = (applicationUtilization: number) => ({
    period: '1ms' as const,
    measure: () => ({ applicationUtilization, qps: 100 }),
  })
  const options = { port: false, report: () => {} } as const
  const servers = [
    await serve([HelloService], { ...options, memory: 'roomy', reportLoad: full(0.2) }),
    await serve([HelloService], { ...options, memory: 'full', reportLoad: full(0.8) }),
  ]

  const hello = connect(Hello, 'memory://roomy,full', {
    policies: [balanced(weightedRoundRobin({ blackoutTime: 0, updateInterval: 100 }))],
  })
  const counts = new Map<string | undefined, number>()
  const onEnd = (call: { endpoint: { address: string } | undefined }) =>
    counts.set(call.endpoint?.address, (counts.get(call.endpoint?.address) ?? 0) + 1)
  const share = () => (counts.get('full') ?? 0) / ((counts.get('roomy') ?? 0) + (counts.get('full') ?? 0))
  for (let n = 0; n < 200_000; n++) {
    await withCall(hello, { onEnd }).divide(1, 2)
    if (n % 1000 === 999) {
      if (Math.abs(share() - 0.2) < 0.02) break
      counts.clear()
    }
  }
  t.true(Math.abs(share() - 0.2) < 0.02, `${share()}`)
  await disconnect(hello)
  for (const server of servers) await server.close()
})
