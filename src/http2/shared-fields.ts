import { type Field, FieldKind } from './header-list.js'

/** Bytes as HPACK counts them. Longer fields are seldom the same on two connections. */
const LARGEST = 192
const MOST = 512
/** Their values should not outlive their connection. */
const PRIVATE = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie'])

const shared = new Map<string, Field>()

/**
 * The one object for all fields of this name and value. Clients of a kind put the same fields into the dynamic table of every connection, and
 * an idle connection keeps its table.
 */
export function sharedField(field: Field): Field {
  const { name, value, kind, size } = field
  if (size > LARGEST || kind === FieldKind.invalid || PRIVATE.has(name)) return field
  // A valid name has no NUL, so no two fields have one key.
  const key = `${name}\0${value}`
  const before = shared.get(key)
  if (before !== undefined) return before
  if (shared.size >= MOST) shared.clear()
  shared.set(key, field)
  return field
}
