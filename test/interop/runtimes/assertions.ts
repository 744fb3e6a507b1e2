import type { Assertions } from '../../matrix/cells.js'

/** AVA's assertions where AVA does not run: other runtimes, without any module of Node. */
export const assertions: Assertions = {
  is(actual, expected) {
    if (!Object.is(actual, expected)) fail(actual, expected)
  },
  true(actual) {
    if (actual !== true) fail(actual, true)
  },
  deepEqual(actual, expected) {
    if (!isSame(actual, expected)) fail(actual, expected)
  },
  notRegex(text, pattern) {
    if (pattern.test(text)) throw new Error(`${text} matches ${pattern}`)
  },
}

function fail(actual: unknown, expected: unknown): never {
  throw new Error(`got ${shown(actual)}, not ${shown(expected)}`)
}

function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Date || b instanceof Date) return String(a) === String(b) && Number(a) === Number(b)
  const [left, right] = [entriesOf(a), entriesOf(b)]
  return (
    a instanceof Map === b instanceof Map &&
    Array.isArray(a) === Array.isArray(b) &&
    left.size === right.size &&
    [...left].every(([key, value]) => right.has(key) && isSame(value, right.get(key)))
  )
}

function entriesOf(value: object): Map<unknown, unknown> {
  return value instanceof Map ? value : new Map(Object.entries(value))
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part)) ?? String(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
