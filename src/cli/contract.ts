import { withCall } from '../client/proxy.js'
import { Code } from '../core/code.js'
import { type Duration, toMilliseconds } from '../core/duration.js'
import { RpcError } from '../core/rpc-error.js'
import { contractOfModels } from '../idl/check/snapshot.js'
import type { Contract } from '../idl/format.js'
import type { ReadModel } from '../idl/model.js'
import { reflect } from '../idl/proto/reflect.js'
import { isSource, readSources } from '../idl/read-source.js'
import { CliError, exits } from './cli-error.js'
import { connectTimeoutOf, oneAttempt } from './client.js'
import type { Typed } from './command.js'
import { headersOf } from './headers.js'
import { explained } from './out-of-reach.js'
import { modelsOf } from './reflected.js'
import { documentedContract } from './source-docs.js'
import { httpVersionOf, type Place } from './target.js'

/** A contract, and what could not be read of its source. */
export interface DescribedContract extends Contract {
  readonly notes: readonly string[]
}

/** The contract that `--contract` names, else what the target says of itself. */
export async function contractFor(place: Place | undefined, typed: Typed, all = false): Promise<DescribedContract> {
  const given = typed.valuesOf('contract')
  if (given.length > 0) return contractIn(given, typed)
  if (place === undefined)
    throw new CliError('name a target or a contract', { hint: `polywire ${typed.line[0]} :8080` })
  if (place.wire !== 'grpc' && place.wire !== 'http') {
    const wire = place.wire.charAt(0).toUpperCase() + place.wire.slice(1)
    throw new CliError(
      `${/^[AEIOU]/.test(wire) ? 'an' : 'a'} ${wire} server cannot describe itself. Say where its contract is:`,
      {
        hint: `polywire ${typed.line.join(' ')} --contract FILE`,
      },
    )
  }
  return contractOfModel(modelsOf(await reflected(place, typed), () => place.url, all))
}

async function reflected(place: Place, typed: Typed): ReturnType<typeof reflect> {
  const { codec: _, ...target } = place.target
  // Reflection is a stream both ways, which HTTP/1.1 does not carry.
  const isHttp1 = place.wire === 'http' && (httpVersionOf(target) ?? '1.1') === '1.1'
  const asked = isHttp1 ? { ...target, protocol: place.isSecure ? 'grpcs' : 'grpc', options: {} } : target
  try {
    const options = { ...oneAttempt, ...connectTimeoutOf(typed) }
    // The deadline of a call may be shorter than what its contract takes.
    const timeout = Math.max(10_000, toMilliseconds((typed.valueOf('timeout') ?? '10s') as Duration, '--timeout'))
    return await reflect(asked, options, remote => withCall(remote, { timeout, headers: headersOf(typed) }))
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    if (error.code !== Code.unimplemented) throw await explained(error, place)
    throw new CliError(
      `${place.url} has reflection off. Start it with serve(..., { reflection: true }), or use --contract`,
      { exit: exits.call + Code.unimplemented, cause: error },
    )
  }
}

async function contractIn(given: readonly string[], typed: Typed): Promise<DescribedContract> {
  const sources = given.filter(isSource)
  const contracts = sources.length === 0 ? [] : [contractOfModel(await readSources(sources, typed.valuesOf('include')))]
  for (const name of given) if (!isSource(name)) contracts.push({ ...(await documentedContract(name)), notes: [] })
  return {
    services: contracts.flatMap(({ services }) => services),
    messages: contracts.flatMap(({ messages }) => messages),
    notes: contracts.flatMap(({ notes }) => notes),
  }
}

function contractOfModel({ files, notes }: ReadModel): DescribedContract {
  return { ...contractOfModels(files), notes }
}
