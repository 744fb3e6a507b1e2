import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { stripVTControlCharacters } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { connectAll } from '../../src/client/connect.js'
import { fetchHandler } from '../../src/fetch/index.js'
import { type ConnectOptions, disconnect, RpcError, type Server, serve, type TargetObject } from '../../src/index.js'
import { authority, server as certificate } from '../fixtures/certificates.js'
import { deferred } from '../support/deferred.js'
import { type Kind, kinds, type Remotes, type Rig, type Scenario, scenarios, sender } from './cells.js'
import { Sightings, Streams, StreamsService, Unary, UnaryService, Workshop } from './contract.js'
import { fetchServer } from './fetch-server.js'
import { grpcWebClient } from './grpc-web-client.js'
import { type Found, page, type Row, updatePage } from './page.js'
import { restClient } from './rest-client.js'
import { type Wire, webWires, wires } from './wires.js'

const witness = new Sightings()
const workshop = new Workshop(witness)
const limits = { messageBytes: 2_000_000 }
const services = [new UnaryService(workshop), new StreamsService(workshop)]
const rows: Row[] = []
let plain: Server
let secure: Server
/** Serve `fetchHandler`, plain and with TLS. */
const fetchServers = { plain: fetchServer(handler()), TLS: fetchServer(handler(), certificate) }
let keys = 0

function handler() {
  return fetchHandler(services, { limits, report: () => {} })
}

test.before(async () => {
  const options = { host: '127.0.0.1', limits, report: () => {} }
  plain = await serve(services, { ...options, memory: 'matrix' })
  secure = await serve(services, { ...options, tls: certificate })
  for (const one of Object.values(fetchServers)) await once(one.listen(0, '127.0.0.1'), 'listening')
})

test.after.always(async () => {
  for (const one of Object.values(fetchServers)) one.close()
  await Promise.all([plain.close(), secure.close()])
})

function targetOf({ protocol, codec, options }: Wire, transport: 'plain' | 'TLS'): TargetObject {
  const tls = transport === 'TLS' ? { tls: { ca: authority } } : {}
  if (protocol === 'fetch') {
    const { port } = fetchServers[transport].address() as AddressInfo
    return { protocol: 'http', codec, endpoints: [`127.0.0.1:${port}`], ...tls }
  }
  const address = protocol === 'memory' ? 'matrix' : (transport === 'TLS' ? secure : plain).address
  return { protocol, codec, options, endpoints: [address], ...tls }
}

/** The client's own limit is wider, so that the server refuses. */
const generous: ConnectOptions = { protocols: [restClient, grpcWebClient], limits: { messageBytes: 8_000_000 } }

async function checkRow(t: ExecutionContext, wire: Wire, transport: 'plain' | 'TLS'): Promise<void> {
  const target = targetOf(wire, transport)
  const streams = wire.lacks.streams === undefined
  const remotes = connectAll(streams ? [Unary, Streams] : [Unary], target, generous)
  t.teardown(() => Promise.all([...remotes.values()].map(remote => disconnect(remote))))
  const pair = { unary: remotes.get(Unary), streams: remotes.get(Streams) } as Remotes
  const found = new Map<string, Found>()
  const hung = deferred<unknown>()
  const timer = setTimeout(() => hung.resolve(new Error('it hangs')), hangTime)
  await Promise.all(kinds.map(kind => checkKind(t, { wire, kind, remotes: pair, found, target, hung: hung.promise })))
  clearTimeout(timer)
  rows.push({ wire, transport, found })
  // Every cell is tried before the first failure is told. The channel is still open: closing it would end the calls that hang with an
  // error of its own, `canceled`.
  const failures = [...found].filter(([, { failed }]) => failed !== undefined)
  t.deepEqual(
    failures.map(([name, { failed }]) => `${name}: ${describe(failed)}`),
    [],
  )
}

/** Milliseconds for a row. It takes about one second on an idle machine. AVA's own timeout would not name the cell. */
const hangTime = 100_000

interface Cell {
  readonly scenario: Scenario
  readonly found: Map<string, Found>
  /** Resolves with an error when the row has taken too long. */
  readonly hung: Promise<unknown>
}

interface KindOptions {
  readonly wire: Wire
  readonly kind: Kind
  readonly remotes: Remotes
  readonly target: TargetObject
  readonly found: Map<string, Found>
  readonly hung: Promise<unknown>
}

async function checkKind(t: ExecutionContext, { wire, kind, remotes, target, ...cell }: KindOptions): Promise<void> {
  const streams = kind === 'unary' ? undefined : wire.lacks.streams
  if (streams !== undefined) {
    refusedAtStart(t, () => connectAll([Streams], target), streams)
    for (const { name } of scenarios) cell.found.set(`${name}/${kind}`, { refused: streams })
    return
  }
  const isFetch = wire.protocol === 'fetch'
  const rig: Rig = { wire, kind, witness, isFetch, send: sender(kind, remotes), key: () => `key${++keys}` }
  if (wire.isOrdered) for (const scenario of scenarios) await checkCell(t, rig, { scenario, ...cell })
  else await Promise.all(scenarios.map(scenario => checkCell(t, rig, { scenario, ...cell })))
}

async function checkCell(t: ExecutionContext, rig: Rig, { scenario, found, hung }: Cell): Promise<void> {
  const lacking = scenario.lacking?.(rig)
  const check = scenario.check(t, rig, lacking).then(
    () => undefined,
    (error: unknown) => error,
  )
  found.set(`${scenario.name}/${rig.kind}`, { lacking, failed: await Promise.race([check, hung]) })
}

function describe(error: unknown): string {
  const { formattedDetails } = error as { formattedDetails?: readonly { readonly formatted: string }[] }
  const details = formattedDetails?.map(({ formatted }) => formatted).join(' ') ?? ''
  return `${String(error)} ${stripVTControlCharacters(details)}`
}

function refusedAtStart(t: ExecutionContext, start: () => unknown, why: string): void {
  const error = t.throws(start, { instanceOf: RpcError }) as RpcError
  t.is(error.reason, 'not_carried')
  t.true(error.message.includes(why))
}

const rowWires = [...wires, ...webWires]

for (const wire of rowWires) {
  const { protocol, codec, options } = wire
  const name = [protocol, codec, ...Object.values(options)].join(' ')
  for (const transport of ['plain', 'TLS'] as const) {
    test.serial(`${name} over ${transport}`, async t => {
      const refused = wire.lacks.wire ?? (transport === 'TLS' ? wire.lacks.tls : undefined)
      if (refused === undefined) await checkRow(t, wire, transport)
      else {
        const error = t.throws(() => connectAll([Unary], targetOf(wire, transport)), {
          instanceOf: RpcError,
        }) as RpcError
        t.is(error.reason, 'invalid_target')
        t.true(error.message.includes(refused))
        const cells = scenarios.flatMap(({ name }) =>
          kinds.map((kind): [string, Found] => [`${name}/${kind}`, { refused }]),
        )
        rows.push({ wire, transport, found: new Map(cells) })
      }
    })
  }
}

for (const protocol of ['thrift', 'avro']) {
  test.serial(`a server of ${protocol} alone refuses streams at start-up`, async t => {
    const started = serve(services, { port: false, protocols: [protocol] })
    const error = await t.throwsAsync(started, {
      instanceOf: RpcError,
      message: /Streams\w*\.serverStreaming: .* has no streams/,
    })
    t.is((error as RpcError).reason, 'not_carried')
  })
}

test.serial('docs/reference/matrix.md says what was found', async t => {
  t.is(rows.length, rowWires.length * 2)
  t.true(rows.every(({ found }) => [...found.values()].every(({ failed }) => failed === undefined)))
  t.is(
    await updatePage(page(rows)),
    'current',
    'docs/reference/matrix.md was stale and has been written anew: commit it',
  )
})
