import { Code, connect, disconnect, RpcError, withCall } from '../../../src/index.js'
import { Busy, Soak, SoakStreams } from './service.js'

/** How many calls ended how. */
export interface Outcomes {
  replied: number
  refused: number
  canceled: number
  timedOut: number
  /** Streams that were left before their end. */
  left: number
  /** Calls whose connection was cut. */
  cut: number
  /** Connections that were closed by this side and opened again. */
  reconnects: number
}

export interface SoakTargets {
  /** Of the server. */
  readonly address: string
  /** Of a relay in front of it that cuts its connections now and then. */
  readonly relay: string
  /** Of the server of streams. */
  readonly streams: string
}

const sharing = 16
const moving = 2
/** Calls of one connection of those that move. */
const stay = 50

/** Calls without a pause, over gRPC, Thrift, Avro and HTTP, until `until`. @throws what a call should not have ended with */
export async function callAll(targets: SoakTargets, until: number): Promise<Outcomes> {
  const outcomes = { replied: 0, refused: 0, canceled: 0, timedOut: 0, left: 0, cut: 0, reconnects: 0 }
  const group = async (target: string, isCut = false): Promise<void> => {
    const shared = connect(Soak, target)
    await Promise.all(
      Array.from({ length: sharing }, async (_, first) => {
        for (let n = first; performance.now() < until; n++) await oneCall(shared, n, outcomes, isCut)
      }),
    )
    await disconnect(shared)
  }
  const movers = async (target: string): Promise<void> => {
    while (performance.now() < until) {
      const own = connect(Soak, target)
      for (let n = 0; n < stay; n++) await oneCall(own, n, outcomes, false)
      await disconnect(own)
      outcomes.reconnects++
    }
  }
  const everywhere = ['grpc', 'thrift', 'avro', 'http'].map(protocol => `${protocol}://${targets.address}`)
  await Promise.all([
    ...everywhere.map(target => group(target)),
    ...everywhere.flatMap(target => Array.from({ length: moving }, () => movers(target))),
    group(`grpc://${targets.relay}`, true),
    streams(`grpc://${targets.streams}`, until, outcomes),
  ])
  return outcomes
}

async function oneCall(remote: Soak, n: number, outcomes: Outcomes, isCut: boolean): Promise<void> {
  try {
    if (n % 10 === 7) await expected(remote.refuse({ text: 'x' }), error => error instanceof Busy && error.queue === 7)
    else if (n % 10 === 8) {
      const abort = new AbortController()
      const call = withCall(remote, { signal: abort.signal }).wait({ text: 'x' })
      setImmediate(() => abort.abort())
      await expected(call, error => codeOf(error) === Code.canceled)
    } else if (n % 10 === 9)
      await expected(
        withCall(remote, { timeout: '5ms' }).wait({ text: 'x' }),
        error => codeOf(error) === Code.deadline_exceeded,
      )
    else if ((await remote.say({ text: `call ${n}` })).text !== `call ${n}`) throw new Error('another call’s reply')
    outcomes[outcomeOf(n)]++
  } catch (error) {
    if (!isCut || codeOf(error) !== Code.unavailable) throw error
    outcomes.cut++
    // Calls fail at once until the next connection is open.
    await new Promise(resolve => setImmediate(resolve))
  }
}

function outcomeOf(n: number): 'replied' | 'refused' | 'canceled' | 'timedOut' {
  return n % 10 === 7 ? 'refused' : n % 10 === 8 ? 'canceled' : n % 10 === 9 ? 'timedOut' : 'replied'
}

async function expected(call: Promise<unknown>, isExpected: (error: unknown) => boolean): Promise<void> {
  const error = await call.then(
    () => new Error('a call that must fail has a reply'),
    (error: unknown) => error,
  )
  if (!isExpected(error)) throw error
}

async function streams(target: string, until: number, outcomes: Outcomes): Promise<void> {
  const remote = connect(SoakStreams, target)
  for (let n = 0; performance.now() < until; n++) {
    let seen = 0
    for await (const { text } of remote.count({ count: 100 })) {
      if (text !== String(seen++)) throw new Error(`message ${seen} is ${text}`)
      if (n % 2 === 0 && seen === 10) break
    }
    if (n % 2 === 0) outcomes.left++
    else if (seen === 100) outcomes.replied++
    else throw new Error(`a stream of 100 ended after ${seen}`)
  }
  await disconnect(remote)
}

function codeOf(error: unknown): Code | undefined {
  return error instanceof RpcError ? error.code : undefined
}
