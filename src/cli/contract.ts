import { contractOfModels } from '../idl/check/snapshot.js'
import type { Contract } from '../idl/format.js'
import type { ReadModel } from '../idl/model.js'
import { isSource } from '../idl/read-source.js'
import { CliError } from './cli-error.js'
import type { Typed } from './command.js'
import { readContractFiles } from './contract-files.js'
import { modelsOf, reflected } from './reflected.js'
import { documentedContract } from './source-docs.js'
import type { Place } from './target.js'

/** A contract, and what could not be read of its source. */
export interface DescribedContract extends Contract {
  readonly notes: readonly string[]
  /** Where it came from: `reflection v1`, `zoo.thrift`. */
  readonly origin: string
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
  const found = await reflected(place, typed)
  return { ...contractOfModel(modelsOf(found, () => place.url, all)), origin: `reflection ${found.version}` }
}

async function contractIn(given: readonly string[], typed: Typed): Promise<DescribedContract> {
  const sources = given.filter(isSource)
  const contracts =
    sources.length === 0 ? [] : [contractOfModel(await readContractFiles(sources, typed.valuesOf('include')))]
  for (const name of given) if (!isSource(name)) contracts.push({ ...(await documentedContract(name)), notes: [] })
  return {
    services: contracts.flatMap(({ services }) => services),
    messages: contracts.flatMap(({ messages }) => messages),
    notes: contracts.flatMap(({ notes }) => notes),
    origin: given.join(', '),
  }
}

function contractOfModel({ files, notes }: ReadModel): Omit<DescribedContract, 'origin'> {
  return { ...contractOfModels(files), notes }
}
