import { builtInProtocols } from '../../protocols/built-in.js'
import { avroFindings, type Deploy } from './avro.js'
import { type Change, changesOf } from './changes.js'
import { allWires, type Finding, type Wire } from './finding.js'
import { nestingPackage } from './nesting.js'
import { breaches } from './protobuf.js'
import { type Category, protobufRules } from './protobuf-rules.js'
import { hasRoutes, restFindings } from './rest.js'
import { descriptorsOf, type Snapshot } from './snapshot.js'
import { thriftFindings } from './thrift.js'
import { viewOf } from './view.js'

export type Verdict = 'ok' | 'warn' | 'BREAK'

/** A change and what it breaks. */
export interface CheckedChange extends Change {
  readonly findings: readonly Finding[]
}

export interface Comparison {
  readonly changes: readonly CheckedChange[]
  /** The wires that carry the contract, before or now. */
  readonly wires: readonly Wire[]
}

export interface CheckOptions {
  /** Whether a type that moved between files breaks callers: buf's category FILE instead of PACKAGE. Default false. */
  readonly strict?: boolean
  /** Default: `both`. */
  readonly deploy?: Deploy
}

/** Compares two contracts, with a verdict for each wire. */
export function compare(
  before: Snapshot,
  after: Snapshot,
  { strict = false, deploy = 'both' }: CheckOptions = {},
): Comparison {
  const wires = allWires.filter(wire => carries(wire, before) || carries(wire, after))
  const places = argumentPlaces(before, after)
  const byFields = protobufFindings(before, after, strict)
  const json = byFields.filter(({ wire }) => wire === 'json')
  const findings = [
    ...byFields,
    ...(wires.includes('rest') ? restFindings(before, after, json) : []),
    ...(wires.includes('thrift') ? thriftFindings(before, after) : []),
    ...(wires.includes('avro') ? avroFindings(before, after, deploy) : []),
  ]
    .filter(({ wire, at }) => wires.includes(wire) && !at.startsWith(nestingPackage))
    .map(finding => ({ ...finding, at: places(finding.at) }))
  const changes = merged(changesOf(before, after), findings)
  if (wires.includes('avro')) for (const change of changes) addRename(change)
  return { changes, wires }
}

type Merged = Change & { findings: Finding[] }

/** Findings beside their changes. One without a change of its own, such as a package that is gone, is a change itself. */
function merged(changes: readonly Change[], findings: readonly Finding[]): Merged[] {
  const all = new Map<string, Merged>()
  const byName = new Map<string, Merged>()
  for (const change of changes) {
    const checked = { ...change, findings: [] }
    all.set(change.at, checked)
    byName.set(change.at, checked)
  }
  for (const change of all.values())
    if (change.nowAt !== undefined && !byName.has(change.nowAt)) byName.set(change.nowAt, change)
  for (const finding of findings) {
    let change = byName.get(finding.at)
    if (change === undefined) {
      change = { kind: 'type', at: finding.at, what: finding.why, findings: [] }
      all.set(finding.at, change)
      byName.set(finding.at, change)
    }
    const isKnown = change.findings.some(({ wire, rule }) => wire === finding.wire && rule === finding.rule)
    if (!isKnown) change.findings.push(finding)
  }
  return [...all.values()]
}

/** Avro finds fields by name: all can read on, and the value is lost. */
function addRename(change: Merged): void {
  if (change.kind !== 'field' || change.isRenamed !== true) return
  if (change.findings.some(({ wire, level }) => wire === 'avro' && level === 'break')) return
  const why = 'all can read on, and the value is lost'
  change.findings.push({ wire: 'avro', at: change.at, rule: 'AVRO_FIELD_RENAMED', level: 'warn', why })
}

function protobufFindings(before: Snapshot, after: Snapshot, strict: boolean): Finding[] {
  const [old, now] = descriptorsOf(before, after)
  const view = viewOf(old)
  const fieldOf = entryFields(view)
  const columns: readonly (readonly [Category, Wire])[] = [
    ['WIRE', 'protobuf'],
    ['WIRE_JSON', 'json'],
    [strict ? 'FILE' : 'PACKAGE', 'callers'],
  ]
  const areSources = before.descriptors !== undefined && after.descriptors !== undefined
  return breaches(view, viewOf(now), areSources).flatMap(({ rule, at, why }) =>
    columns.flatMap(([category, wire]): Finding[] => {
      const categories: readonly Category[] = protobufRules[rule]
      return categories.includes(category) ? [{ wire, at: fieldOf(at), rule, level: 'break', why }] : []
    }),
  )
}

/** The place of a map for that of its entry, which protobuf generates: `shop.v1.Order.totals` for `shop.v1.Order.TotalsEntry.value`. */
function entryFields({ messages }: ReturnType<typeof viewOf>): (at: string) => string {
  const places = new Map<string, string>()
  for (const [name, { fields }] of messages)
    for (const field of fields.values())
      if (field.cardinality === 'map') places.set(field.typeName.slice(1), `${name}.${field.name}`)
  return at => places.get(at) ?? places.get(at.slice(0, at.lastIndexOf('.'))) ?? at
}

/** The place of an argument, or of a reply, for that of the message that is generated from it. */
function argumentPlaces(...sides: readonly Snapshot[]): (at: string) => string {
  const places = new Map<string, readonly [path: string, isRequest: boolean]>()
  for (const { contract } of sides)
    for (const { methods } of contract.services)
      for (const { path, input, output, parameters, result } of methods) {
        if (parameters === 'positional') places.set(input.name, [path.slice(1), true])
        if (result !== 'message') places.set(output.name, [path.slice(1), false])
      }
  return at => {
    const whole = places.get(at)
    if (whole !== undefined) return whole[0]
    const dot = at.lastIndexOf('.')
    const [path, isRequest] = places.get(at.slice(0, dot)) ?? []
    if (path === undefined) return at
    return isRequest ? `${path}.${at.slice(dot + 1)}` : path
  }
}

/** JSON and callers have no demands; the other wires carry a contract if they carry one of its methods. */
function carries(wire: Wire, snapshot: Snapshot): boolean {
  const { contract } = snapshot
  if (wire === 'json' || wire === 'callers') return true
  if (wire === 'rest') return hasRoutes(snapshot)
  const name = wire === 'protobuf' ? 'grpc' : wire
  const protocol = builtInProtocols.find(one => one.name === name)
  if (contract.services.length === 0)
    return wire === 'avro' || contract.messages.every(({ fields }) => fields.every(isNumbered))
  return contract.services.some(({ methods }) => methods.some(method => protocol?.refuses(method) === undefined))
}

function isNumbered({
  number,
  type,
}: {
  readonly number: number | undefined
  readonly type: { readonly kind: string }
}): boolean {
  return number !== undefined || type.kind === 'oneof'
}

/** The verdict of a wire over some changes. */
export function verdictOf(findings: readonly Finding[], wire: Wire): Verdict {
  const own = findings.filter(finding => finding.wire === wire)
  if (own.some(({ level }) => level === 'break')) return 'BREAK'
  return own.length === 0 ? 'ok' : 'warn'
}
