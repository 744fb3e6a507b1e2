import { carried } from '../idl/carried.js'
import { namedTypes } from '../idl/declared.js'
import type { Contract } from '../idl/format.js'
import { exportFormats, type FormatName } from '../idl/formats.js'
import { modelOf } from '../idl/model-of.js'
import { merged, narrowed } from '../idl/narrowed.js'
import { writeTypeScript } from '../idl/typescript/write.js'
import { packageOf } from '../protocols/standard-services/descriptor-names.js'
import { CliError } from './cli-error.js'
import type { DescribedContract } from './contract.js'
import type { Described } from './describe-json.js'

/**
 * The source of a contract, or of one thing with all that it uses.
 * @param format one of `export`, or `ts`: the classes that `import` writes
 * @throws CliError if there is no such format; Refusal for what it cannot express
 */
export function sourceOf(format: string, contract: DescribedContract, described: Described | undefined): string {
  if (format === 'ts') return classesText(contract, described)
  if (!Object.hasOwn(exportFormats, format))
    throw new CliError(
      `--as ${format}: there is no such format; it can be ${Object.keys(exportFormats).join(', ')}, ts`,
    )
  const writer = exportFormats[format as FormatName]
  const part = described === undefined ? contract : withOuter(partOf(contract, described), contract)
  return writer
    .write(carried(part, writer).contract)
    .map(({ text }) => text)
    .join('\n')
}

/** As `import` writes them, without its first line: they are in no file. */
function classesText({ files, modules }: DescribedContract, described: Described | undefined): string {
  const whole = merged([...files, ...modules.map(modelOf)])
  const [file] = writeTypeScript([described === undefined ? whole : narrowed(whole, nameOf(described))], () => '')
  return file?.text.replace(/^.*\n\n?/, '') ?? ''
}

function nameOf(described: Described): string {
  switch (described.kind) {
    case 'service':
      return described.service.name
    case 'method':
      return described.method.path.slice(1)
    case 'message':
      return described.message.name
    case 'enum':
      return described.type.name ?? ''
  }
}

/** With the messages in which types of the part are nested. */
function withOuter(part: Contract, { messages }: Contract): Contract {
  const byName = new Map(messages.map(one => [one.name, one]))
  const added = new Set(part.messages)
  for (let size = -1; size < added.size; ) {
    size = added.size
    for (const { name = '' } of namedTypes({ ...part, messages: [...added] })) {
      const outer = byName.get(packageOf(name))
      if (outer !== undefined) added.add(outer)
    }
  }
  return { ...part, messages: [...added] }
}

function partOf({ services }: DescribedContract, described: Described) {
  switch (described.kind) {
    case 'service':
      return { services: [described.service], messages: [] }
    case 'method': {
      const service = services.find(({ methods }) => methods.includes(described.method))
      return { services: service === undefined ? [] : [{ ...service, methods: [described.method] }], messages: [] }
    }
    case 'message':
      return { services: [], messages: [described.message] }
    case 'enum':
      return { services: [], messages: [], enums: [described.type] }
  }
}
