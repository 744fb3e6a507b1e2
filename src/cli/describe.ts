import { resumptionOf } from '../core/policy.js'
import type { MessageSchema } from '../schema/message.js'
import { reachableMessages } from '../schema/reachable.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import { enumsIn } from '../schema/shape.js'
import type { EnumType } from '../schema/type.js'
import { CliError, exits } from './cli-error.js'
import type { Typed } from './command.js'
import { contractFor, type DescribedContract } from './contract.js'
import { type Described, describedJson } from './describe-json.js'
import { sourceOf } from './describe-source.js'
import { fieldRows, kindText, summaryOf } from './describe-text.js'
import { findMethod } from './find-method.js'
import { listed } from './ls.js'
import { nearest } from './nearest.js'
import { mended } from './pasted.js'
import { table } from './table.js'
import { type Place, placeOf } from './target.js'
import { templateOf } from './template.js'
import type { Terminal } from './terminal.js'

export async function run(typed: Typed, terminal: Terminal): Promise<number> {
  const hasContract = typed.valuesOf('contract').length > 0
  const [first, second] = typed.positionals
  if (first === undefined && !hasContract)
    throw new CliError('describe takes TARGET [NAME]', { hint: 'polywire help describe' })
  // With a contract the target may be left out.
  const isTarget = first !== undefined && (!hasContract || /:/.test(first))
  const place = isTarget && !hasContract ? await placeOf(first, typed) : undefined
  const contract = await contractFor(place, typed)
  for (const note of contract.notes) terminal.err(`${note}\n`)
  const name = isTarget ? second : first
  await terminal.out(textOf(name, contract, { typed, terminal, place, target: isTarget ? first : 'TARGET' }))
  return exits.ok
}

interface Context {
  readonly typed: Typed
  readonly terminal: Terminal
  /** Undefined: the contract was given. */
  readonly place: Place | undefined
  /** As typed, for the line to paste. */
  readonly target: string
}

function textOf(name: string | undefined, contract: DescribedContract, context: Context): string {
  const { typed, terminal } = context
  const service =
    name === undefined ? undefined : contract.services.find(one => one.name === name || lastPart(one.name) === name)
  const as = typed.valueOf('as')
  if (as !== undefined) {
    const source = sourceOf(
      as,
      contract,
      name === undefined ? undefined : describedBy(name, service, { contract, typed }),
    )
    return terminal.isJson ? `${JSON.stringify({ schema: 'polywire.describe/1', kind: as, source })}\n` : source
  }
  if (terminal.isJson && name === undefined) return `${JSON.stringify(listed(contract, context.place))}\n`
  if (name === undefined && contract.services.length > 0)
    return contract.services.map(one => serviceText(one, context)).join('\n')
  if (name === undefined) return typesText(contract, context)
  const described = describedBy(name, service, { contract, typed })
  if (terminal.isJson) return `${JSON.stringify(describedJson(described))}\n`
  switch (described.kind) {
    case 'service':
      return serviceText(described.service, context)
    case 'message':
      return messageText(described.message, context)
    case 'enum':
      return enumText(described.type, context)
    case 'method':
      if (typed.has('template')) return `${JSON.stringify(templateOf(described.method.input), undefined, 2)}\n`
      return methodText(described.method, context)
  }
}

function describedBy(
  name: string,
  service: ServiceSchema | undefined,
  { contract, typed }: { readonly contract: DescribedContract; readonly typed: Typed },
): Described {
  if (service !== undefined) return { kind: 'service', service }
  const type = typeNamed(name, contract)
  if (type !== undefined) return 'fields' in type ? { kind: 'message', message: type } : { kind: 'enum', type }
  const { method } = findMethod(checkedName(name, contract, typed), contract.services, typed)
  return { kind: 'method', method }
}

function serviceText({ name, doc, deprecated, methods }: ServiceSchema, context: Context): string {
  return [
    `${context.terminal.paint('bold', name)}${deprecated ? '   deprecated' : ''}\n`,
    docText(doc),
    '\n',
    methods.map(one => methodText(one, context)).join('\n'),
  ].join('')
}

const idempotencies = {
  unknown: '',
  safe: ', safe: it may be called by GET, cached, retried and hedged',
  idempotent: ', idempotent: it may be retried and hedged',
}

function methodText(method: MethodSchema, { target, terminal }: Context): string {
  const { path, doc, idempotency, deprecated, input, output, throws } = method
  const parts = [
    ['request', input] as const,
    ['reply', output] as const,
    ...throws.map(error => ['throws', error] as const),
  ]
  const rows = parts.flatMap(([role, message]) => {
    const fields = fieldRows(message)
    const [first = [], ...others] = fields
    return [[`  ${role}`, message.name, ...first], ...others.map(row => ['', '', ...row])]
  })
  const resumes =
    resumptionOf(method) !== undefined
      ? ', resumable: after a lost connection the stream continues behind the last reply'
      : ''
  const data = input.fields.slice(0, 3).map(({ jsonName }) => ` ${jsonName}=...`)
  return [
    `${terminal.paint('bold', path.slice(1))}   ${kindText(method)}${idempotencies[idempotency]}${resumes}${deprecated ? ', deprecated' : ''}\n`,
    docText(doc),
    table(rows, { gaps: [3, 6, 2, 3], width: terminal.width }),
    `\n  polywire call ${target} ${path.slice(1)}${data.join('')}\n`,
  ].join('')
}

/** Of a contract without services: its types, each once. */
function typesText(contract: DescribedContract, context: Context): string {
  const types = [...new Map(typesOf(contract).map(type => [type.name, type])).values()]
  return types.map(type => ('fields' in type ? messageText(type, context) : enumText(type, context))).join('\n')
}

function docText(doc: string | undefined): string {
  if (doc === undefined) return ''
  return doc
    .split('\n')
    .map(line => `  ${line}\n`)
    .join('')
}

function messageText(message: MessageSchema, { typed, terminal }: Context): string {
  if (typed.has('template')) return `${JSON.stringify(templateOf(message), undefined, 2)}\n`
  return `${terminal.paint('bold', message.name)}   ${message.isError ? 'error' : 'message'}\n${docText(message.doc)}${table(
    fieldRows(message).map(row => [`  ${row[0]}`, ...row.slice(1)]),
    { gaps: [2, 3], width: terminal.width },
  )}`
}

function enumText({ name = '', docs, values }: EnumType, { terminal: { paint, width } }: Context): string {
  return `${paint('bold', name)}   enum\n${docText(docs.own)}${table(
    values.map(one => [`  ${one.number}`, one.name, summaryOf(docs.members.get(one.name))]),
    { gaps: [2, 3], width },
  )}`
}

function typeNamed(name: string, contract: DescribedContract): MessageSchema | EnumType | undefined {
  const all = typesOf(contract)
  return all.find(type => type.name === name) ?? all.find(type => lastPart(type.name ?? '') === name)
}

function typesOf({ services, messages, enums = [] }: DescribedContract): (MessageSchema | EnumType)[] {
  const roots = services.flatMap(({ methods }) => methods.flatMap(one => [one.input, one.output, ...one.throws]))
  const reachable = [...reachableMessages([...roots, ...messages])]
  return [...reachable, ...reachable.flatMap(({ fields }) => fields.flatMap(({ type }) => enumsIn(type))), ...enums]
}

/** @throws CliError with the nearest name of a type, where that is nearer than any method */
function checkedName(name: string, contract: DescribedContract, { line }: Typed): string {
  const types = typesOf(contract).map(type => type.name ?? '')
  const methods = contract.services.flatMap(one =>
    one.methods.flatMap(method => [method.name, method.key, method.path.slice(1)]),
  )
  const close = nearest(name, [...methods, ...types, ...types.map(lastPart)])
  if (close !== undefined && !methods.includes(close))
    throw new CliError(`the contract has no ${name}. Did you mean ${close}?`, { hint: mended(line, name, close) })
  return name
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}
