import type { CheckedChange } from '../idl/check/compare.js'
import type { Finding } from '../idl/check/finding.js'

/** What to do instead of a change that breaks something; undefined if there is no better way. */
export function adviceFor(change: CheckedChange, findings: readonly Finding[]): string | undefined {
  if (!findings.some(({ level }) => level === 'break')) return undefined
  const { kind, at } = change
  const name = at.slice(Math.max(at.lastIndexOf('.'), at.lastIndexOf('/')) + 1)
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
