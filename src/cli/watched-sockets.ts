import { appendFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { Protocol } from '../protocols/protocol.js'
import { CliError } from './cli-error.js'
import { systemFault } from './system-fault.js'

/** Protocols whose clients show each socket before it is connected. */
export function watchSockets(protocols: readonly Protocol[], onSocket: (socket: Socket) => void): Protocol[] {
  return protocols.map(protocol => ({
    ...protocol,
    bind: (services, settings) =>
      protocol.bind(services, {
        ...settings,
        onSocket(socket) {
          settings.onSocket?.(socket)
          onSocket(socket)
        },
      }),
  }))
}

/**
 * Appends the secrets of TLS connections to the file that SSLKEYLOGFILE names, with which Wireshark decrypts a capture.
 * @returns a listener of `keylog`; undefined if the variable is not set
 * @throws CliError if the file cannot be written
 */
export function keyLog(): ((line: Uint8Array) => void) | undefined {
  const path = process.env.SSLKEYLOGFILE
  if (!path) return undefined
  const append = (line: Uint8Array) => appendFileSync(path, line, { mode: 0o600 })
  try {
    append(Buffer.alloc(0))
  } catch (error) {
    throw new CliError(`SSLKEYLOGFILE ${path} cannot be written: ${systemFault(error)}`)
  }
  return append
}
