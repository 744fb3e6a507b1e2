import { appendFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { Protocol } from '../protocols/protocol.js'
import { CliError } from './cli-error.js'

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
 * Protocols whose clients append the secrets of each TLS connection to a file, with which Wireshark decrypts a capture.
 * @param path the value of SSLKEYLOGFILE
 * @throws CliError if the file cannot be written
 */
export function logKeys(protocols: readonly Protocol[], path: string): Protocol[] {
  const append = (line: Uint8Array) => appendFileSync(path, line, { mode: 0o600 })
  try {
    append(Buffer.alloc(0))
  } catch (error) {
    throw new CliError(`SSLKEYLOGFILE: ${(error as Error).message}`)
  }
  return watchSockets(protocols, socket => socket.on('keylog', append))
}
