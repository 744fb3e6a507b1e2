import type { OutgoingCompression } from '../../core/call.js'
import { misuse } from '../../core/rpc-error.js'
import { targetCompression } from '../message-encoding.js'
import type { ClientSettings } from '../protocol.js'

/** The settings of an HTTP target. */
export const optionNames = ['compression', 'get', 'path', 'version'] as const

/** What carries the exchanges. */
export type Version = '1.1' | '2' | 'websocket'

export interface HttpOptions {
  /** Undefined: the server chooses, under TLS in the handshake (ALPN), without TLS by an offer in a reply (Alt-Svc). */
  readonly version: Version | undefined
  /** Whether safe methods are called by GET. */
  readonly usesGet: boolean
  /** The path without a slash at its end, to which the paths of methods are added. */
  readonly basePath: string
  /** The compression of requests, if the target names one. */
  readonly compression: OutgoingCompression | undefined
}

/** @throws RpcError `failed_precondition` (`invalid_target`) for an invalid value */
export function readOptions({ options = {} }: Pick<ClientSettings, 'options'>): HttpOptions {
  return {
    version: versionOf(options.version),
    usesGet: getIs(options.get),
    basePath: basePathOf(options.path),
    compression: targetCompression(options.compression),
  }
}

function versionOf(version: string | undefined): Version | undefined {
  if (version === undefined || version === '1.1' || version === '2' || version === 'websocket') return version
  const shown = JSON.stringify(version.slice(0, 32))
  throw misuse('invalid_target', `target: version is ${shown}; write 1.1, 2 or websocket`)
}

function getIs(value = 'false'): boolean {
  if (value === 'true' || value === 'false') return value === 'true'
  throw misuse('invalid_target', `target: get must be true or false, got ${JSON.stringify(value.slice(0, 32))}`)
}

/** A path to which a request could not be sent as it is written is invalid. */
function basePathOf(path = ''): string {
  if (isPath(path)) return path.replace(/\/$/, '')
  throw misuse('invalid_target', `target: path must be one such as /api, got ${JSON.stringify(path.slice(0, 40))}`)
}

function isPath(path: string): boolean {
  if (path === '') return true
  return path.startsWith('/') && !path.includes('//') && new URL(`http://localhost${path}`).pathname === path
}
