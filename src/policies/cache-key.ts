import type { Call } from '../core/call.js'
import { Code } from '../core/code.js'
import { RpcError } from '../core/rpc-error.js'

/** Messages within messages; the codecs' own limit. */
const deepest = 64

/** What says who is calling. */
export function credentialsOf(call: Call): string {
  const { headers, peer } = call
  const certificate = peer?.identity?.fingerprint ?? ''
  if (headers.size === 0) return certificate
  const cookies = headers.getAll('cookie')
  return `${certificate}\n${headers.get('authorization') ?? ''}\n${cookies.join(';')}`
}

/** One text for all ways to write the same value: the order of keys does not matter, and what is undefined is not there. */
export function canonicalText(value: unknown, depth = 0): string {
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
  if (depth > deepest) {
    throw new RpcError(
      `the request has more than ${deepest} levels, and cannot be looked up in the cache`,
      Code.invalid_argument,
      {
        reason: 'invalid_message',
      },
    )
  }
  if (Array.isArray(value)) return `[${value.map(one => canonicalText(one, depth + 1)).join()}]`
  if (value instanceof Uint8Array)
    return `b${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}`
  if (value instanceof Date) return `d${value.getTime()}`
  if (value instanceof Set) return `s[${[...value].map(one => canonicalText(one, depth + 1)).sort()}]`
  if (value instanceof Map) {
    const entries = [...value].map(([key, one]) => `${canonicalText(key, depth + 1)}:${canonicalText(one, depth + 1)}`)
    return `m{${entries.sort()}}`
  }
  const fields = value as Record<string, unknown>
  let text = '{'
  for (const key of Object.keys(fields).sort()) {
    const field = fields[key]
    if (field !== undefined) text += `${JSON.stringify(key)}:${canonicalText(field, depth + 1)},`
  }
  return `${text}}`
}
