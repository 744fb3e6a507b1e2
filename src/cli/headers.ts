import { readFileSync } from 'node:fs'
import { Headers, type HeaderValue } from '../core/headers.js'
import { RpcError } from '../core/rpc-error.js'
import { CliError } from './cli-error.js'
import type { Typed } from './command.js'
import { systemFault } from './system-fault.js'

/** The headers of -H, and those in the files that it names. @throws CliError for what is not a header */
export function headersOf(typed: Typed): Headers {
  const headers = new Headers()
  for (const line of typed.valuesOf('header').flatMap(linesOf)) {
    const at = line.indexOf(':')
    if (at < 1) throw new CliError(`-H ${JSON.stringify(line)} is not a header; write -H 'name: value'`)
    const [name, value] = [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()]
    try {
      headers.append(name, name.endsWith('-bin') ? bytesOf(value, line) : value)
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      throw new CliError(`-H ${JSON.stringify(line)}: ${error.message}`)
    }
  }
  return headers
}

/** Of base64 in either alphabet, padded or not. */
function bytesOf(value: string, line: string): Uint8Array {
  if (!/^[\w+/-]*={0,2}$/.test(value) || value.replace(/=+$/, '').length % 4 === 1)
    throw new CliError(`-H ${JSON.stringify(line)}: the value of a -bin header is base64`)
  return Buffer.from(value, 'base64')
}

function linesOf(value: string): string[] {
  if (!value.startsWith('@')) return [value]
  try {
    return readFileSync(value.slice(1), 'utf8')
      .split('\n')
      .filter(line => line.trim() !== '')
  } catch (error) {
    throw new CliError(`-H ${value} cannot be read: ${systemFault(error)}`)
  }
}

const secrets = new Set(['authorization', 'cookie', 'set-cookie', 'proxy-authorization', 'x-api-key'])

/** Whether a header holds a secret. */
export function isSecret(name: string): boolean {
  return secrets.has(name.toLowerCase())
}

/** The value of a header as it is printed: base64 for bytes, and three stars for a secret unless `--show-secrets` is given. */
export function shownHeader(name: string, value: HeaderValue, typed: Typed): string {
  if (isSecret(name) && !typed.has('show-secrets')) return '***'
  return typeof value === 'string' ? value : Buffer.from(value).toString('base64')
}

/** Headers as data. Values of the same name are joined, as HTTP does it (RFC 9110, section 5.3). */
export function headersJson(headers: Iterable<readonly [string, HeaderValue]>, typed: Typed): Record<string, string> {
  const all = new Map<string, string>()
  for (const [name, value] of headers) {
    const before = all.get(name)
    const shown = shownHeader(name, value, typed)
    all.set(name, before === undefined ? shown : `${before}, ${shown}`)
  }
  return Object.fromEntries(all)
}
