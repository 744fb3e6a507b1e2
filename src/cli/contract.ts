import { readdirSync } from 'node:fs'
import { contractOfModels } from '../idl/check/snapshot.js'
import type { Contract } from '../idl/format.js'
import type { SourceModel } from '../idl/model.js'
import { isSource } from '../idl/read-source.js'
import { CliError } from './cli-error.js'
import type { Typed } from './command.js'
import { readContractFiles } from './contract-files.js'
import { pasted } from './pasted.js'
import { modelsOf, reflected } from './reflected.js'
import { documentedContract } from './source-docs.js'
import type { Place } from './target.js'

/** A contract, and what could not be read of its source. */
export interface DescribedContract extends Contract {
  readonly notes: readonly string[]
  /** Where it came from: `reflection v1`, `zoo.thrift`. */
  readonly origin: string
  /** What a server or files say. */
  readonly files: readonly SourceModel[]
  /** What modules declare. */
  readonly modules: readonly Contract[]
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
        hint: `${pasted(typed.line)} --contract ${contractHere(place.wire) ?? 'FILE'}`,
      },
    )
  }
  const found = await reflected(place, typed)
  const { files, notes } = modelsOf(found, () => place.url, all)
  return { ...contractOfModels(files), notes, origin: `reflection ${found.version}`, files, modules: [] }
}

/** The only contract of a wire in this folder; undefined if there is none, or several. */
function contractHere(wire: string): string | undefined {
  const ending = wire === 'thrift' ? /\.thrift$/ : /\.av(?:dl|pr)$/
  const [only, ...others] = readdirSync('.').filter(name => ending.test(name))
  return others.length === 0 ? only : undefined
}

function isEmpty({ services, messages, enums = [], aliases = [], constants = [] }: Contract): boolean {
  return [services, messages, enums, aliases, constants].every(one => one.length === 0)
}

async function contractIn(given: readonly string[], typed: Typed): Promise<DescribedContract> {
  const sources = given.filter(isSource)
  const read = sources.length === 0 ? undefined : await readContractFiles(sources, typed.valuesOf('include'))
  const modules: Contract[] = []
  for (const name of given) {
    if (isSource(name)) continue
    const contract = await documentedContract(name)
    if (isEmpty(contract)) throw new CliError(`${name} exports no @Service and no @Message class`)
    modules.push(contract)
  }
  const contracts = [...(read === undefined ? [] : [contractOfModels(read.files)]), ...modules]
  return {
    services: contracts.flatMap(({ services }) => services),
    messages: contracts.flatMap(({ messages }) => messages),
    enums: contracts.flatMap(({ enums = [] }) => enums),
    aliases: contracts.flatMap(({ aliases = [] }) => aliases),
    constants: contracts.flatMap(({ constants = [] }) => constants),
    notes: read?.notes ?? [],
    origin: given.join(', '),
    files: read?.files ?? [],
    modules,
  }
}
