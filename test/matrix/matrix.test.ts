import { stripVTControlCharacters } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { connectAll } from '../../src/client/connect.js'
import { type ConnectOptions, disconnect, RpcError, type Server, serve, type TargetObject } from '../../src/index.js'
import { authority, server as certificate } from '../fixtures/certificates.js'
import { type Kind, kinds, type Remotes, type Rig, type Scenario, scenarios, sender } from './cells.js'
import { Streams, StreamsService, Unary, UnaryService, Workshop } from './contract.js'
import { type Found, page, type Row, updatePage } from './page.js'
import { restClient } from './rest-client.js'
import { rest, type Wire, wires } from './wires.js'

const workshop = new Workshop()
const limits = { messageBytes: 2_000_000 }
const services = [new UnaryService(workshop), new StreamsService(workshop)]
const rows: Row[] = []
let plain: Server
let secure: Server
let keys = 0

test.before(async () => {
  const options = { host: '127.0.0.1', limits, report: () => {} }
  plain = await serve(services, { ...options, memory: 'matrix' })
  secure = await serve(services, { ...options, tls: certificate })
})

test.after.always(() => Promise.all([plain.close(), secure.close()]))

function targetOf({ protocol, codec, options }: Wire, transport: 'plain' | 'TLS'): TargetObject {
  const tls = transport === 'TLS' ? { tls: { ca: authority } } : {}
  const address = protocol === 'memory' ? 'matrix' : (transport === 'TLS' ? secure : plain).address
  return { protocol, codec, options, endpoints: [address], ...tls }
}

/** What the server refuses shall be refused there: the client's own limit is wider. */
const generous: ConnectOptions = { protocols: [restClient], limits: { messageBytes: 8_000_000 } }

async function checkRow(t: ExecutionContext, wire: Wire, transport: 'plain' | 'TLS'): Promise<void> {
  const target = targetOf(wire, transport)
  const streams = wire.lacks.streams === undefined
  const remotes = connectAll(streams ? [Unary, Streams] : [Unary], target, generous)
  const pair = { unary: remotes.get(Unary), streams: remotes.get(Streams) } as Remotes
  const found = new Map<string, Found>()
  await Promise.all(kinds.map(kind => checkKind(t, { wire, kind, remotes: pair, found, target })))
  rows.push({ wire, transport, found })
  await withinReason(Promise.all([...remotes.values()].map(remote => disconnect(remote)))).catch(error =>
    found.set('disconnect', { failed: error }),
  )
  // Every cell is tried before the first failure is told.
  const failures = [...found].filter(([, { failed }]) => failed !== undefined)
  t.deepEqual(
    failures.map(([name, { failed }]) => `${name}: ${describe(failed)}`),
    [],
  )
}

interface Cell {
  readonly scenario: Scenario
  readonly found: Map<string, Found>
}

interface KindOptions {
  readonly wire: Wire
  readonly kind: Kind
  readonly remotes: Remotes
  readonly target: TargetObject
  readonly found: Map<string, Found>
}

async function checkKind(t: ExecutionContext, { wire, kind, remotes, target, found }: KindOptions): Promise<void> {
  const streams = kind === 'unary' ? undefined : wire.lacks.streams
  if (streams !== undefined) {
    refusedAtStart(t, () => connectAll([Streams], target), streams)
    for (const { name } of scenarios) found.set(`${name}/${kind}`, { refused: streams })
    return
  }
  const rig: Rig = { wire, kind, workshop, send: sender(kind, remotes), key: () => `key${++keys}` }
  if (wire.isOrdered) for (const scenario of scenarios) await checkCell(t, rig, { scenario, found })
  else await Promise.all(scenarios.map(scenario => checkCell(t, rig, { scenario, found })))
}

async function checkCell(t: ExecutionContext, rig: Rig, { scenario, found }: Cell): Promise<void> {
  const lacking = scenario.lacking?.(rig)
  const name = `${scenario.name}/${rig.kind}`
  try {
    await withinReason(scenario.check(t, rig, lacking))
    found.set(name, { lacking })
  } catch (error) {
    found.set(name, { failed: error })
  }
}

/** One that hangs is told like any other failure. */
function withinReason(check: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it hangs')), 8000)
    check.then(() => resolve(), reject).finally(() => clearTimeout(timer))
  })
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

const rowWires = [...wires, rest]

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
