import { connect } from '../client/connect.js'
import { disconnect, withCall } from '../client/proxy.js'
import {
  HealthCheckRequest,
  HealthListRequest,
  HealthCheckResponseServingStatus as ServingStatus,
} from '../contracts/grpc/health/v1/health.js'
import { pause } from '../core/clock.js'
import { Code } from '../core/code.js'
import { type Duration, toMilliseconds } from '../core/duration.js'
import { RpcError } from '../core/rpc-error.js'
import { systemClock } from '../core/timer-wheel.js'
import { Health } from '../protocols/standard-services/health.js'
import { CliError, exits } from './cli-error.js'
import { dialOptions, oneAttempt } from './client.js'
import type { Typed } from './command.js'
import { explained } from './explained.js'
import { headersOf } from './headers.js'
import { listens } from './probe.js'
import { readiness } from './readyz.js'
import { tabbed, table } from './table.js'
import { type Place, placeOf } from './target.js'
import type { Terminal } from './terminal.js'

const own = /^$|^grpc\.(?:health|reflection)\./

interface Answer {
  /** `SERVING`, `NOT_SERVING`, `SERVICE_UNKNOWN`, `REACHABLE` */
  readonly status: string
  readonly services: readonly string[]
}

export async function run(typed: Typed, terminal: Terminal): Promise<number> {
  const [target, service = ''] = typed.positionals
  if (target === undefined) throw new CliError('health takes TARGET [SERVICE]', { hint: 'polywire help health' })
  const began = performance.now()
  const place = await placeOf(target, typed)
  if (typed.has('watch')) return watch(place, service, { typed, terminal })
  const answer = await ask(place, service, typed)
  await print(answer, place, { terminal, ms: performance.now() - began })
  return serves(answer) ? exits.ok : exits.no
}

function serves({ status }: Answer): boolean {
  return status === 'SERVING' || status === 'REACHABLE'
}

async function print(
  answer: Answer,
  { url }: Place,
  { terminal, ms }: { readonly terminal: Terminal; readonly ms?: number },
): Promise<void> {
  const { status, services } = answer
  const rounded = ms === undefined ? undefined : Math.round(ms * 10) / 10
  if (terminal.isJson) {
    const all = services.map(name => ({ name, status }))
    await terminal.out(`${JSON.stringify({ schema: 'polywire.health/1', status, services: all, ms: rounded })}\n`)
    return
  }
  if (terminal.isQuiet) return
  const time = ms === undefined ? [] : [`${ms.toFixed(1)} ms`]
  const { width } = terminal
  const cells = (shown: string) => [[shown, url, services.join(', '), ...time]]
  const text =
    width === undefined ? tabbed(cells(status)) : table(cells(status.padEnd(longestStatus)), { widths, width })
  await terminal.out(text.replace(status, terminal.paint(serves(answer) ? 'good' : 'bad', status)))
}

/** So that lines which are printed one by one are aligned. */
const longestStatus = 'NOT_SERVING '.length
const widths = [longestStatus, 31, 37]

/** Prints a line at each change, over restarts of the server, until Ctrl-C. */
async function watch(
  place: Place,
  service: string,
  { typed, terminal }: { readonly typed: Typed; readonly terminal: Terminal },
): Promise<number> {
  if (isSilent(place)) throw new CliError(`${place.wire} has no health service to watch`)
  const { signal } = terminal
  let last: string | undefined
  const tell = async (status: string) => {
    if (status !== last) await print({ status, services: service === '' ? [] : [service] }, place, { terminal })
    last = status
  }
  const remote = connect(Health, place.target, {
    ...oneAttempt,
    ...dialOptions(typed),
    maxReconnectDelay: betweenDials,
  })
  try {
    while (!signal.aborted) {
      try {
        await listens(place.address, signal)
        const health = withCall(remote, { signal, headers: headersOf(typed) })
        for await (const { status } of health.watch(Object.assign(new HealthCheckRequest(), { service })))
          await tell(ServingStatus[status])
      } catch (error) {
        if (!(error instanceof RpcError)) throw error
        if (signal.aborted) break
        if (error.code !== Code.unavailable) throw await explained(error, place)
        await tell('UNREACHABLE')
      }
      await pause(systemClock, betweenDials, signal)
    }
    return exits.interrupted
  } finally {
    await disconnect(remote)
  }
}

/** Milliseconds. */
const betweenDials = 500

function isSilent({ wire }: Place): boolean {
  return wire === 'thrift' || wire === 'avro'
}

/** What a server says of itself, or of a service. @throws RpcError if it cannot be reached */
export async function ask(place: Place, service: string, typed: Typed): Promise<Answer> {
  if (isSilent(place)) {
    await listens(place.address)
    return { status: 'REACHABLE', services: [] }
  }
  const remote = connect(Health, place.target, { ...oneAttempt, ...dialOptions(typed) })
  const timeout = toMilliseconds((typed.valueOf('timeout') ?? '5s') as Duration, '--timeout')
  try {
    const health = withCall(remote, { timeout, headers: headersOf(typed) })
    await listens(place.address)
    const { status } = await health.check(Object.assign(new HealthCheckRequest(), { service }))
    return { status: ServingStatus[status], services: service === '' ? await names(health) : [service] }
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    if (error.code === Code.not_found) return { status: 'SERVICE_UNKNOWN', services: [service] }
    // A server of HTTP may answer every path with a page.
    if (error.code === Code.unimplemented || (place.wire === 'http' && error.code === Code.unknown))
      return { status: (service === '' && (await readiness(place, timeout))) || 'REACHABLE', services: [] }
    throw await explained(error, place)
  } finally {
    await disconnect(remote)
  }
}

/** Older servers have no list. */
async function names(health: Health): Promise<string[]> {
  try {
    const { statuses } = await health.list(new HealthListRequest())
    return [...statuses.keys()].filter(name => !own.test(name))
  } catch {
    return []
  }
}
