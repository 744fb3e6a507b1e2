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
 * value that is too deep, such as a cycle.
 */
export function canonicalText(value: unknown): string | undefined {
  try {
    return textOf(value, 0)
  } catch (error) {
    if (error === tooDeep) return undefined
    throw error
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
  let text = '{'
  for (const key of Object.keys(fields).sort()) {
    const field = fields[key]
    if (field !== undefined) text += `${JSON.stringify(key)}:${textOf(field, depth + 1)},`
  }
  return `${text}}`
}

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
