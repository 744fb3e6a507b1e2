import { connect } from '../client/connect.js'
import { disconnect, withCall } from '../client/proxy.js'
import { Code, codeName } from '../core/code.js'
import { RpcError } from '../core/rpc-error.js'
import { Health, HealthCheckRequest, HealthListRequest, ServingStatus } from '../protocols/standard-services/health.js'
import { CliError, exits } from './cli-error.js'
import type { Typed } from './command.js'
import { table } from './describe-text.js'
import { headersOf } from './headers.js'
import { asTyped, listens } from './probe.js'
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
  try {
    const place = await placeOf(target, typed)
    const { status, services } = await ask(place, service, typed)
    const ms = Math.round((performance.now() - began) * 10) / 10
    const isServing = status === 'SERVING' || status === 'REACHABLE'
    if (terminal.isJson) {
      const all = services.map(name => ({ name, status }))
      await terminal.out(`${JSON.stringify({ schema: 'polywire.health/1', status, services: all, ms })}\n`)
    } else if (!terminal.isQuiet)
      await terminal.out(table([[status, place.url, services.join(', '), `${ms} ms`]], terminal.width !== undefined))
    return isServing ? exits.ok : exits.no
  } catch (error) {
    if (!(error instanceof RpcError) || error.reason === 'invalid_target') throw error
    if (terminal.isJson) throw error
    terminal.err(`${codeName(error.code)}: ${asTyped(error, target).message}\n`)
    return exits.call + error.code
  }
}

async function ask(place: Place, service: string, typed: Typed): Promise<Answer> {
  if (place.wire === 'thrift' || place.wire === 'avro') {
    await listens(place.address)
    return { status: 'REACHABLE', services: [] }
  }
  const remote = connect(Health, place.target)
  try {
    const health = withCall(remote, { timeout: (typed.valueOf('timeout') ?? '5s') as '5s', headers: headersOf(typed) })
    await listens(place.address)
    const { status } = await health.check(Object.assign(new HealthCheckRequest(), { service }))
    return { status: ServingStatus[status], services: service === '' ? await names(health) : [service] }
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    if (error.code === Code.not_found) return { status: 'SERVICE_UNKNOWN', services: [service] }
    if (error.code === Code.unimplemented) return { status: 'REACHABLE', services: [] }
    throw error
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
