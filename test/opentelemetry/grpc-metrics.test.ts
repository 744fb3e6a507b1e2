import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import test, { type ExecutionContext } from 'ava'
import {
  type CallObserver,
  Code,
  type ConnectOptions,
  connect,
  disconnect,
  Field,
  hedge,
  Message,
  Method,
  RpcError,
  retry,
  Safe,
  type ServeOptions,
  type Server,
  Service,
  serve,
  streamOf,
  string,
} from '../../src/index.js'
import { grpcMetrics } from '../../src/opentelemetry/index.js'
import { authority, server as certificate } from '../fixtures/certificates.js'
import { deferred } from '../support/deferred.js'

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
const observers = [grpcMetrics()]
const here = { host: '127.0.0.1', report: () => {} }

@Message('measured.Word')
class Word {
  @Field(1, string) text = ''
}

type Point = DataPoint<number | Histogram>

async function everything() {
  const { resourceMetrics } = await reader.collect()
  return resourceMetrics.scopeMetrics.flatMap(one => one.metrics)
}

/** The points of an instrument whose labels include these. */
async function points(name: string, labels: Readonly<Record<string, string>>): Promise<Point[]> {
  const found = (await everything()).find(({ descriptor }) => descriptor.name === name)
  const all = (found?.dataPoints ?? []) as Point[]
  return all.filter(({ attributes }) => Object.entries(labels).every(([label, value]) => attributes[label] === value))
}

async function histogram(name: string, labels: Readonly<Record<string, string>>): Promise<Histogram | undefined> {
  return (await points(name, labels))[0]?.value as Histogram | undefined
}

async function count(name: string, labels: Readonly<Record<string, string>>): Promise<number> {
  return (await points(name, labels)).reduce((sum, { value }) => sum + (value as number), 0)
}

async function served(t: ExecutionContext, service: object, options: ServeOptions = {}): Promise<Server> {
  const server = await serve([service], { ...here, observers, ...options })
  t.teardown(() => server.close())
  return server
}

function remote<T extends object>(
  t: ExecutionContext,
  service: new () => T,
  target: string,
  options: ConnectOptions = {},
): T {
  const client = connect(service, target, { observers, report: () => {}, ...options })
  t.teardown(() => disconnect(client))
  return client
}

@Service('measured.Plain')
class Plain {
  @Method({ accepts: Word, returns: Word }) @Safe() async say(word: Word): Promise<Word> {
    return word
  }

  @Method({ accepts: Word, returns: streamOf(Word) }) async *twice(word: Word): AsyncIterable<Word> {
    yield word
    yield word
  }
}

test.serial(
  'a call over gRPC is measured on both sides, with the sizes that its messages have on the wire',
  async t => {
    const server = await served(t, new Plain())
    const target = `grpc://${server.address}`
    const plain = remote(t, Plain, `${target}?compression=gzip`)
    const text = 'ab'.repeat(5000)
    await plain.say({ text })
    for await (const _ of plain.twice({ text: 'x' }));
    const say = { 'grpc.method': 'measured.Plain/Say' }
    const ok = { ...say, 'grpc.status': 'OK' }
    const labels = { ...say, 'grpc.target': target }
    t.deepEqual(
      (await points('grpc.client.attempt.started', say)).map(({ attributes }) => attributes),
      [labels],
    )
    for (const name of ['grpc.client.attempt.duration', 'grpc.client.call.duration'])
      t.deepEqual(
        (await points(name, say)).map(({ attributes }) => attributes),
        [{ ...labels, 'grpc.status': 'OK' }],
      )
    t.is(await count('grpc.server.call.started', say), 1)
    const sent = await histogram('grpc.client.attempt.sent_total_compressed_message_size', ok)
    const arrived = await histogram('grpc.server.call.rcvd_total_compressed_message_size', ok)
    t.is(sent?.sum, arrived?.sum)
    t.true((sent?.sum ?? 0) > 0 && (sent?.sum ?? 0) < text.length)
    const answered = await histogram('grpc.server.call.sent_total_compressed_message_size', ok)
    t.is(answered?.sum, (await histogram('grpc.client.attempt.rcvd_total_compressed_message_size', ok))?.sum)
    t.true((answered?.sum ?? 0) < text.length)
    const twice = { 'grpc.method': 'measured.Plain/Twice', 'grpc.status': 'OK' }
    t.is((await histogram('grpc.client.attempt.sent_total_compressed_message_size', twice))?.sum, 3)
    t.is((await histogram('grpc.client.attempt.rcvd_total_compressed_message_size', twice))?.sum, 6)
    t.is((await histogram('grpc.server.call.duration', twice))?.count, 1)
    t.deepEqual(await points('grpc.client.call.retries', say), [])
    t.deepEqual(await points('grpc.client.call.retry_delay', say), [])
  },
)

@Service('measured.Failing')
class Failing {
  private calls = 0

  @Method({ accepts: Word, returns: Word }) @Safe() async say(word: Word): Promise<Word> {
    if (this.calls++ < 2) throw new RpcError('not yet', Code.unavailable)
    return word
  }
}

test.serial('retries are attempts of their own, counted by the call with the delay between them', async t => {
  const server = await served(t, new Failing())
  const policies = [retry({ attempts: 3, initialBackoff: 5 })]
  await remote(t, Failing, `grpc://${server.address}`, { policies }).say({ text: '' })
  const say = { 'grpc.method': 'measured.Failing/Say' }
  t.is(await count('grpc.client.attempt.started', say), 3)
  t.is((await histogram('grpc.client.attempt.duration', { ...say, 'grpc.status': 'UNAVAILABLE' }))?.count, 2)
  t.is((await histogram('grpc.client.attempt.duration', { ...say, 'grpc.status': 'OK' }))?.count, 1)
  t.is((await histogram('grpc.client.call.duration', { ...say, 'grpc.status': 'OK' }))?.count, 1)
  t.like(await histogram('grpc.client.call.retries', say), { count: 1, sum: 2 })
  const delay = await histogram('grpc.client.call.retry_delay', say)
  t.is(delay?.count, 1)
  t.true((delay?.sum ?? 0) > 0)
  t.deepEqual(await points('grpc.client.call.transparent_retries', say), [])
  t.deepEqual(await points('grpc.client.call.hedges', say), [])
})

@Service('measured.Slow')
class Slow {
  private calls = 0
  readonly wait = deferred<void>()

  @Method({ accepts: Word, returns: Word }) @Safe() async say(word: Word): Promise<Word> {
    if (this.calls++ === 0) await this.wait.promise
    return word
  }
}

test.serial('a hedge is counted as one, and the attempt that lost is CANCELLED', async t => {
  const slow = new Slow()
  const servers = [await served(t, slow), await served(t, slow)]
  t.teardown(() => slow.wait.resolve())
  const policies = [hedge({ attempts: 2, delay: 1, maxExtraLoad: 1 })]
  await remote(t, Slow, `grpc://${servers.map(({ address }) => address).join(',')}`, { policies }).say({ text: '' })
  const say = { 'grpc.method': 'measured.Slow/Say' }
  t.is(await count('grpc.client.attempt.started', say), 2)
  t.like(await histogram('grpc.client.call.hedges', say), { count: 1, sum: 1 })
  t.is((await histogram('grpc.client.attempt.duration', { ...say, 'grpc.status': 'CANCELLED' }))?.count, 1)
  t.deepEqual(await points('grpc.client.call.retry_delay', say), [])
})

@Service('measured.Other')
class Other {
  @Method({ accepts: Word, returns: Word }) @Safe() async say(word: Word): Promise<Word> {
    return word
  }
}

test.serial('an endpoint that is down makes a transparent retry; connections are counted', async t => {
  const server = await served(t, new Other())
  const target = `grpc://127.0.0.1:1,${server.address}`
  const other = connect(Other, target, { observers, report: () => {}, random: () => 0 })
  const labels = { 'grpc.target': target }
  while ((await count('grpc.subchannel.connection_attempts_failed', labels)) === 0) await other.say({ text: '' })
  t.is(await count('grpc.subchannel.connection_attempts_succeeded', labels), 1)
  t.is(await count('grpc.subchannel.open_connections', labels), 1)
  const retried = await histogram('grpc.client.call.transparent_retries', labels)
  t.true((retried?.sum ?? 0) >= 1)
  t.deepEqual(await points('grpc.client.call.retries', labels), [])
  await disconnect(other)
  t.is(await count('grpc.subchannel.open_connections', labels), 0)
  t.is(await count('grpc.subchannel.disconnections', labels), 1)
})

@Service('measured.Leaving')
class Leaving {
  @Method({ accepts: Word, returns: Word }) @Safe() async say(word: Word): Promise<Word> {
    return word
  }
}

test.serial('a disconnection says why, if that is asked for', async t => {
  const gone = deferred<string | undefined>()
  const watch: CallObserver = {
    callBegan: () => undefined,
    connectionChanged: ({ state, reason }) => state === 'disconnected' && gone.resolve(reason),
  }
  const server = await served(t, new Leaving(), { observers: [] })
  const own = [grpcMetrics({ disconnectError: true }), watch]
  const target = `grpc://${server.address}`
  await remote(t, Leaving, target, { observers: own }).say({ text: '' })
  await server.close()
  t.is(await gone.promise, 'GOAWAY NO_ERROR')
  const labels = { 'grpc.target': target, 'grpc.disconnect_error': 'GOAWAY NO_ERROR' }
  t.is(await count('grpc.subchannel.disconnections', labels), 1)
  const other = await served(t, new Leaving(), { observers: [] })
  const closed = connect(Leaving, `grpc://${other.address}`, { observers: own, report: () => {} })
  await closed.say({ text: '' })
  await disconnect(closed)
  const here = { 'grpc.target': `grpc://${other.address}`, 'grpc.disconnect_error': 'subchannel shutdown' }
  t.is(await count('grpc.subchannel.disconnections', here), 1)
})

@Service('measured.Strange')
class Strange {
  @Method({ accepts: Word, returns: Word }) @Safe() async say(word: Word): Promise<Word> {
    return word
  }
}

test.serial('a method that the server does not have counts as other', async t => {
  const server = await served(t, new Plain())
  const before = await count('grpc.server.call.started', { 'grpc.method': 'other' })
  await t.throwsAsync(remote(t, Strange, `grpc://${server.address}`).say({ text: '' }), { instanceOf: RpcError })
  t.is(await count('grpc.server.call.started', { 'grpc.method': 'other' }), before + 1)
  const labels = { 'grpc.method': 'other', 'grpc.status': 'UNIMPLEMENTED' }
  t.is((await histogram('grpc.server.call.duration', labels))?.count, before + 1)
  const client = { 'grpc.method': 'measured.Strange/Say', 'grpc.status': 'UNIMPLEMENTED' }
  t.is((await histogram('grpc.client.attempt.duration', client))?.count, 1)
})

@Service('measured.Zoned')
class Zoned {
  @Method({ accepts: Word, returns: Word }) @Safe() async say(word: Word): Promise<Word> {
    return word
  }
}

test.serial('targets can be left out, zones put in, and other wires are not recorded', async t => {
  const server = await served(t, new Zoned(), { observers: [] })
  const own = [grpcMetrics({ recordTarget: () => false, locality: true })]
  const say = { 'grpc.method': 'measured.Zoned/Say' }
  const http = remote(t, Zoned, `http://${server.address}`, { observers: own })
  await http.say({ text: '' })
  t.deepEqual(await points('grpc.client.attempt.started', say), [])
  const zoned = connect(
    Zoned,
    { protocol: 'grpc', endpoints: [{ address: server.address, zone: 'eu' }] },
    { observers: own },
  )
  t.teardown(() => disconnect(zoned))
  await zoned.say({ text: '' })
  const labels = { 'grpc.target': 'other', 'grpc.lb.locality': 'eu' }
  t.is((await histogram('grpc.client.attempt.duration', { ...say, ...labels }))?.count, 1)
  t.is(await count('grpc.subchannel.connection_attempts_succeeded', labels), 1)
})

@Service('measured.Secret')
class Secret {
  @Method({ accepts: Word, returns: Word }) @Safe() async say(word: Word): Promise<Word> {
    return word
  }
}

test.serial('an open connection says how secure it is, if that is asked for', async t => {
  const own = [grpcMetrics({ securityLevel: true })]
  const open = (target: string, level: string) =>
    count('grpc.subchannel.open_connections', { 'grpc.target': target, 'grpc.security_level': level })
  const plain = await served(t, new Secret(), { observers: [] })
  const bare = `grpc://${plain.address}`
  await remote(t, Secret, bare, { observers: own }).say({ text: '' })
  t.deepEqual([await open(bare, 'none'), await open(bare, 'privacy_and_integrity')], [1, 0])
  const { address } = await served(t, new Secret(), { observers: [], tls: certificate })
  const target = { protocol: 'grpcs', endpoints: [{ address }], tls: { ca: authority } }
  const secret = connect(Secret, target, { observers: own, report: () => {} })
  await secret.say({ text: '' })
  t.is(await open(`grpcs://${address}`, 'privacy_and_integrity'), 1)
  await disconnect(secret)
  t.is(await open(`grpcs://${address}`, 'privacy_and_integrity'), 0)
})

test.serial('names, units and buckets are those of the gRFCs', async t => {
  const latency =
    '0,0.00001,0.00005,0.0001,0.0003,0.0006,0.0008,0.001,0.002,0.003,0.004,0.005,0.006,0.008,0.01,0.013,0.016,0.02,0.025,0.03,0.04,0.05,0.065,0.08,0.1,0.13,0.16,0.2,0.25,0.3,0.4,0.5,0.65,0.8,1,2,5,10,20,50,100'
  const size = '0,1024,2048,4096,16384,65536,262144,1048576,4194304,16777216,67108864,268435456,1073741824,4294967296'
  const wanted = {
    'grpc.client.attempt.started': ['{attempt}'],
    'grpc.client.attempt.duration': ['s', latency],
    'grpc.client.attempt.sent_total_compressed_message_size': ['By', size],
    'grpc.client.attempt.rcvd_total_compressed_message_size': ['By', size],
    'grpc.client.call.duration': ['s', latency],
    'grpc.client.call.retries': ['{retry}', '1,2,3,4,5'],
    'grpc.client.call.transparent_retries': ['{transparent_retry}', '1,2,3,4,5,10'],
    'grpc.client.call.hedges': ['{hedge}', '1,2,3,4,5'],
    'grpc.client.call.retry_delay': ['s', latency],
    'grpc.server.call.started': ['{call}'],
    'grpc.server.call.duration': ['s', latency],
    'grpc.server.call.sent_total_compressed_message_size': ['By', size],
    'grpc.server.call.rcvd_total_compressed_message_size': ['By', size],
    'grpc.subchannel.connection_attempts_succeeded': ['{attempt}'],
    'grpc.subchannel.connection_attempts_failed': ['{attempt}'],
    'grpc.subchannel.disconnections': ['{disconnection}'],
    'grpc.subchannel.open_connections': ['{connection}'],
  }
  const found = (await everything()).map(({ descriptor, dataPoints }) => {
    const value = dataPoints[0]?.value as number | Histogram | undefined
    const boundaries = typeof value === 'object' ? [value.buckets.boundaries.map(plain).join(',')] : []
    return [descriptor.name, [descriptor.unit, ...boundaries]]
  })
  t.deepEqual(Object.fromEntries(found), wanted)
})

/** 0.00001, which JavaScript writes as 1e-5. */
function plain(bound: number): string {
  return bound > 0 && bound < 1e-4 ? bound.toFixed(5) : String(bound)
}
