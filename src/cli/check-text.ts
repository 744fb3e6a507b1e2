import type { CheckedChange } from '../idl/check/compare.js'
import type { Finding, Wire } from '../idl/check/finding.js'
import { type Category, protobufRules } from '../idl/check/protobuf-rules.js'
import { camelCase } from '../idl/typescript/names.js'
import { adviceFor } from './check-advice.js'
import type { Judgement } from './check-judgement.js'
import { type Shown, verdictTable } from './check-table.js'
import type { Places } from './sources.js'
import { table, wordsIn } from './table.js'

/** What `check` prints. It is read in logs as on terminals, so that its table is aligned in both. */
export function checkText(judgement: Judgement, places: Places, shown: Shown): string {
  const { title, label, changes, wires } = judgement
  const breaking = changes.filter(change => judgement.isBreaking(change)).length
  const count = changes.length === 0 ? 'no changes' : `${changes.length} change${changes.length === 1 ? '' : 's'}`
  const what = breaking > 0 ? `, ${breaking} break${breaking === 1 ? 's' : ''} something` : allowedText(judgement)
  const head = `${title} against ${label}: ${count}${what}\n`
  if (changes.length === 0 || (breaking === 0 && judgement.allowedUntil !== undefined)) return head
  const rows = judgement.inOrder.map(change => ({
    name: shortName(change.at, title),
    what: change.what,
    verdicts: wires.map(wire => judgement.verdict(change, wire)),
  }))
  const details = judgement.inOrder.flatMap(change =>
    judgement.findings(change).length === 0 ? [] : [detail(judgement, change, { places, width: shown.width })],
  )
  const counts = wires.flatMap(wire => (judgement.count(wire) === 0 ? [] : [`${wire} ${judgement.count(wire)}`]))
  return [
    head,
    verdictTable(rows, wires, shown),
    ...details,
    ...(counts.length === 0 ? [] : [`breaks: ${counts.join(', ')}\n`]),
  ].join('\n')
}

function allowedText({ allowedUntil }: Judgement): string {
  return allowedUntil === undefined ? '' : `, allowed until ${allowedUntil}`
}

interface Printed {
  readonly places: Places
  readonly width: number | undefined
}

/** With its indent. */
const longestWire = '  protobuf'.length

function detail(judgement: Judgement, change: CheckedChange, { places, width }: Printed): string {
  const place = placeOf(change, places)
  const where = place === undefined ? '' : `${place.file}:${place.line}  `
  const findings = judgement.findings(change)
  const byWire = judgement.wires.flatMap((wire): [Wire, readonly Finding[]][] => {
    const own = findings.filter(one => one.wire === wire)
    return own.length === 0 ? [] : [[wire, own]]
  })
  const rows = byWire.flatMap(([wire, own]) =>
    [...byReason(own)].map(([why, same], at) => [
      at === 0 ? `  ${wire}`.padEnd(longestWire) : '',
      same.map(ruleText).join(', '),
      why,
    ]),
  )
  const advice = adviceFor(change, findings).map(([what, effect], at) => [
    at === 0 ? '  instead' : '',
    what,
    ...(effect === undefined ? [] : [effect]),
  ])
  const lines = table([...rows, ...advice], { gaps: [2, 3], width })
  const head = `${where}${shortName(change.at, judgement.title)}: ${change.what}`
  return `${wordsIn(head, width ?? head.length).join('\n  ')}\n${lines}`
}

/** Rules that have one reason stand together. */
function byReason(findings: readonly Finding[]): Map<string, Finding[]> {
  const reasons = new Map<string, Finding[]>()
  for (const one of findings) reasons.set(one.why, [...(reasons.get(one.why) ?? []), one])
  return reasons
}

/** With buf's category where that is not the one of its wire. */
function ruleText({ rule, level, wire }: Finding): string {
  if (level === 'warn') return `${rule} (warning)`
  const categories: readonly Category[] = wire === 'callers' ? (rules[rule] ?? []) : []
  const isOfCode = categories.length > 0 && !categories.includes('WIRE_JSON')
  return isOfCode ? `${rule} (${categories[0]})` : rule
}

const rules: Readonly<Record<string, readonly Category[]>> = protobufRules

/** `Order.count` of `shop.v1.Order.count`, if the contract has one package. */
function shortName(at: string, title: string): string {
  return at.startsWith(`${title}.`) ? at.slice(title.length + 1) : at
}

/** Where a change is in the source: the class, and in it the member by its name there or on the wire. */
function placeOf({ at, nowAt, kind, isRemoved }: CheckedChange, places: Places) {
  const name = nowAt ?? at
  const [owner = '', method] = name.split('/')
  const parts = owner.split('.')
  if (kind === 'method' || method !== undefined) {
    const [own = '', argument] = (method ?? '').split('.')
    const last = argument === undefined ? [] : [argument]
    const service = parts.at(-1) as string
    return (
      places.find([service, own, ...last]) ?? places.find([service, camelCase(own), ...last]) ?? places.find([service])
    )
  }
  const type = parts.at(kind === 'type' ? -1 : -2) as string
  if (kind === 'type' || isRemoved) return places.find([type])
  const member = parts.at(-1) as string
  return places.find([type, member]) ?? places.find([type, camelCase(member)]) ?? places.find([type])
}

/** The document of `--json`. */
export function checkJson(judgement: Judgement, places: Places): object {
  return {
    schema: 'polywire.check/1',
    against: judgement.label,
    changes: judgement.changes.map(change => ({
      at: change.at,
      ...placeOf(change, places),
      what: change.what,
      verdicts: Object.fromEntries(
        judgement.wires.map(wire => {
          const own = change.findings.filter(one => one.wire === wire)
          const verdict = judgement.verdict(change, wire)
          return [wire, { verdict, rules: own.map(({ rule }) => rule), why: own.map(({ why }) => why) }]
        }),
      ),
      allowed: judgement.wires.some(wire => judgement.verdict(change, wire) === 'allowed'),
    })),
    allow: judgement.allow.map(({ at, rules, until, state }) => ({ at, rules, until, state })),
    wires: Object.fromEntries(judgement.wires.map(wire => [wire, wholeVerdict(judgement, wire)])),
  }
}

function wholeVerdict(judgement: Judgement, wire: Wire): string {
  const verdicts = new Set(judgement.changes.map(change => judgement.verdict(change, wire)))
  return (['BREAK', 'allowed', 'warn'] as const).find(one => verdicts.has(one)) ?? 'ok'
}

/** Lines that GitHub shows beside the source. */
export function annotations(judgement: Judgement, places: Places): string {
  return judgement.changes
    .flatMap(change => {
      const findings = judgement.findings(change)
      if (findings.length === 0) return []
      const place = placeOf(change, places)
      const at = place === undefined ? '' : ` file=${place.file},line=${place.line}`
      const kind = judgement.isBreaking(change) ? 'error' : 'warning'
      const rules = [...new Set(findings.map(({ rule }) => rule))].join(', ')
      return [`::${kind}${at}::${change.at}: ${change.what} (${rules})\n`]
    })
    .join('')
}
