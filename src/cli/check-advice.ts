import type { CheckedChange } from '../idl/check/compare.js'
import type { Finding } from '../idl/check/finding.js'

/** What to do instead of a change that breaks something, and what that mends if it is not everything. */
export function adviceFor(
  change: CheckedChange,
  findings: readonly Finding[],
): readonly (readonly [what: string, effect?: string])[] {
  const advice = findings.some(({ level }) => level === 'break') ? betterWay(change) : undefined
  if (advice === undefined) return []
  const { kind, isRenamed, at } = change
  if (kind !== 'field' || !isRenamed || !findings.some(({ wire }) => wire === 'avro')) return [[advice]]
  return [[advice], [`{ aliases: ['${lastPart(at)}'] }`, 'mends new readers of Avro']]
}

function lastPart(at: string): string {
  return at.slice(Math.max(at.lastIndexOf('.'), at.lastIndexOf('/')) + 1)
}

/** Undefined if there is none. */
function betterWay(change: CheckedChange): string | undefined {
  const { kind, at } = change
  const name = lastPart(at)
  if (kind === 'method' && change.isRemoved)
    return 'keep it until nobody calls it; let it answer failed_precondition before'
  if (kind === 'method') return 'add a method, and keep this one until nobody calls it'
  if (kind === 'field' && change.isRenamed) return `rename the property alone: { name: '${name}' }`
  if (kind === 'field' && change.isRemoved) return 'keep the field, deprecated, until nobody reads or writes it'
  if (kind === 'field' && !change.isAdded)
    return `add a field with a new number, fill both, remove ${name} a release later`
  if (kind === 'member' && change.isRenamed) return `keep the name ${name} on the wire`
  return undefined
}
