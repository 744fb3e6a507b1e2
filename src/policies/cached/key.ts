import { toBase64 } from '../../codecs/values/base64.js'
import type { Call } from '../../core/call.js'
import { nodeModule } from '../../core/platform.js'

/** Twice the codecs' limit, because a list or a map may stand between one message and the next. A deeper value is a cycle. */
const deepest = 128

/** The caller's credentials, as one text. */
export function credentialsOf(call: Call): string {
  const { headers, peer } = call
  const certificate = peer?.identity?.fingerprint ?? ''
  if (headers.size === 0) return certificate
  const authorization = headers.get('authorization')
  const cookies = headers.getAll('cookie')
  // Callers with other headers, such as a request id, share what callers without headers have.
  if (authorization === undefined && cookies.length === 0) return certificate
  return `${certificate}\n${authorization ?? ''}\n${cookies.join(';')}`
}

/**
 * The same text for every form of the same value: the order of keys does not matter, and undefined fields are left out. Undefined for a
 * value that is too deep, such as a cycle, or has an accessor that throws.
 */
export function canonicalText(value: unknown): string | undefined {
  try {
    return textOf(value, 0)
  } catch {
    return undefined
  }
}

const tooDeep = /* @__PURE__ */ new Error('too deep')

function textOf(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'bigint':
      return `${value}n`
    case 'object':
      return value === null ? 'null' : canonicalObject(value, depth)
    default:
      return String(value)
  }
}

function canonicalObject(value: object, depth: number): string {
  if (depth > deepest) throw tooDeep
  if (Array.isArray(value)) return `[${value.map(one => textOf(one, depth + 1)).join()}]`
  if (value instanceof Uint8Array) return `b${toBase64(value)}`
  if (value instanceof Date) return `d${value.getTime()}`
  if (value instanceof Set) return `s[${[...value].map(one => textOf(one, depth + 1)).sort()}]`
  if (value instanceof Map) {
    const entries = [...value].map(([key, one]) => `${textOf(key, depth + 1)}:${textOf(one, depth + 1)}`)
    return `m{${entries.sort()}}`
  }
  const fields = value as Record<string, unknown>
  const own = Object.keys(fields)
  const inherited = inheritedBy(value)
  let text = '{'
  for (const key of (inherited.length === 0 ? own : [...new Set([...own, ...inherited])]).sort()) {
    const field = fields[key]
    // A method is no field.
    if (field !== undefined && typeof field !== 'function')
      text += `${JSON.stringify(key)}:${textOf(field, depth + 1)},`
  }
  return `${text}}`
}

/**
 * The names that a value has from its prototypes. A codec reads a field wherever it is: in an accessor of the class over a private field,
 * or in defaults below `Object.create`.
 */
function inheritedBy(value: object): readonly string[] {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || typeof prototype !== 'object' || prototype === null) return none
  const known = inheritedOf.get(prototype)
  if (known !== undefined) return known
  const names = [...new Set([...namesOf(prototype), ...inheritedBy(prototype)])]
  // Defaults may still get a field; a class does not.
  if (Object.hasOwn(prototype, 'constructor')) inheritedOf.set(prototype, names)
  return names
}

/** @returns the names of properties that are no methods, without calling an accessor */
function namesOf(prototype: object): string[] {
  const all = Object.entries(Object.getOwnPropertyDescriptors(prototype))
  return all.filter(([, { value }]) => typeof value !== 'function').map(([name]) => name)
}

const none: readonly string[] = []
const inheritedOf = /* @__PURE__ */ new WeakMap<object, readonly string[]>()

const createHash = /* @__PURE__ */ (() => nodeModule('node:crypto')?.createHash)()

/** Characters. A longer key is hashed, so that a bound on entries also bounds the memory of the keys. A page keeps it as it is. */
const longest = 512

/** @returns undefined if the request has no key */
export function keyOf(prefix: string, caller: string, message: unknown): string | undefined {
  const text = canonicalText(message)
  if (text === undefined) return undefined
  const key = `${caller.length} ${caller}\n${text}`
  return prefix + (key.length > longest && createHash ? createHash('sha256').update(key).digest('base64url') : key)
}
