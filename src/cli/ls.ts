import type { MethodSchema } from '../schema/service.js'
import { CliError, exits } from './cli-error.js'
import type { Typed } from './command.js'
import { contractFor, type DescribedContract } from './contract.js'
import { kindText, summaryOf, wiresOf } from './describe-text.js'
import { projectOf } from './project.js'
import { contractsIn } from './project-contracts.js'
import { tabbed, tableRows, wordsIn } from './table.js'
import { type Place, placeOf } from './target.js'
import type { Terminal } from './terminal.js'

export async function run(typed: Typed, terminal: Terminal): Promise<number> {
  const [target] = typed.positionals
  // A contract says all that is listed, so that nothing is dialled.
  const hasContract = typed.valuesOf('contract').length > 0
  const place = target === undefined || hasContract ? undefined : await placeOf(target, typed)
  const contract = await (place === undefined && !hasContract
    ? projectContract(typed)
    : contractFor(place, typed, typed.has('all')))
  for (const note of contract.notes) terminal.err(`${note}\n`)
  if (terminal.isJson) await terminal.out(`${JSON.stringify(listed(contract, place))}\n`)
  else await terminal.out(text(contract, terminal))
  if (contract.services.length === 0 && !terminal.isQuiet) terminal.err('there is no service\n')
  return exits.ok
}

/** The contracts of the project file. */
async function projectContract(typed: Typed): Promise<DescribedContract> {
  const project = projectOf(typed.valueOf('project'), process.env)
  if (project === undefined || project.contracts.length === 0)
    throw new CliError('ls takes a TARGET, -c with a contract, or a polywire.json that names contracts', {
      hint: 'polywire help ls',
    })
  const found = await contractsIn(project)
  return {
    services: found.flatMap(one => ('contract' in one ? one.contract.services : [])),
    messages: [],
    notes: found.flatMap(one => ('problem' in one ? [one.problem] : [])),
    origin: project.path,
    files: [],
    modules: [],
  }
}

/** The document of `--json`, which `describe` shares. */
export function listed({ services }: DescribedContract, place: Place | undefined): object {
  return {
    schema: 'polywire.ls/1',
    target: place?.url,
    wire: place?.wire,
    services: services.map(({ name, doc, deprecated = false, methods }) => ({
      name,
      doc,
      deprecated,
      methods: methods.map(methodJson),
    })),
  }
}

export function methodJson(method: MethodSchema) {
  const { name, doc, kind, idempotency, oneway, deprecated = false } = method
  return { name, doc, kind, idempotency, oneway, deprecated, wires: wiresOf(method) }
}

function text({ services }: DescribedContract, { width, paint }: Terminal): string {
  const isAligned = width !== undefined
  const methods = services.map(service =>
    service.methods.map(method => [
      `  ${isAligned ? '' : `${service.name}/`}${method.name}`,
      kindText(method),
      [method.idempotency === 'unknown' ? [] : method.idempotency, method.deprecated ? 'deprecated' : []]
        .flat()
        .join(', '),
      wiresOf(method).join(' '),
    ]),
  )
  if (!isAligned) return tabbed(methods.flat())
  const lines = tableRows(methods.flat(), { ...layout, width })
  return services
    .map(({ name, doc }, index) => {
      const own = lines.splice(0, methods[index]?.length ?? 0)
      return [paint('bold', name), describedBeside(name, doc, width), '\n', ...own].join('')
    })
    .join('')
}

/** As wide as the longest words that can stand there, so that lists look alike. */
const layout = { gaps: [4], widths: [12, 'server stream'.length, 'idempotent'.length] }

/** Where descriptions of services begin. */
const docColumn = 25

/** The first line of a description, behind the name. */
function describedBeside(name: string, doc: string | undefined, width: number): string {
  if (doc === undefined) return ''
  const [first = '', ...others] = wordsIn(summaryOf(doc), Math.max(width - docColumn, docColumn))
  const gap = ' '.repeat(Math.max(1, docColumn - name.length))
  return [`${gap}${first}`, ...others.map(line => `\n${' '.repeat(docColumn)}${line}`)].join('')
}
