import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { TargetObject } from '../client/target.js'
import { CliError } from './cli-error.js'
import type { Typed } from './command.js'
import { systemFault } from './system-fault.js'

/**
 * What the flags say of TLS; undefined if none of them was given.
 * @throws CliError for a file that cannot be read or is not PEM, and for a certificate without its key
 */
export function tlsOf(typed: Typed): TargetObject['tls'] {
  const [ca, cert] = [pemOf(typed, 'cacert', 'CERTIFICATE'), pemOf(typed, 'cert', 'CERTIFICATE')]
  // One file may have both.
  const key = pemOf(typed, 'key', 'PRIVATE KEY') ?? (cert?.includes('PRIVATE KEY-----') ? cert : undefined)
  if (cert !== undefined && key === undefined)
    throw new CliError('--cert needs the private key of the certificate, too: --key FILE')
  if (cert === undefined && key !== undefined)
    throw new CliError('--key needs the certificate of the private key, too: --cert FILE')
  const serverName = typed.valueOf('server-name')
  const insecure = typed.has('insecure') ? true : undefined
  if (cert !== undefined)
    readWith(
      () => createSecureContext({ cert, key }),
      `--cert ${typed.valueOf('cert')} and its key ${typed.valueOf('key') ?? ''} cannot be used`.replace('  ', ' '),
    )
  const tls = { ca, cert, key, serverName, insecure }
  return Object.values(tls).some(value => value !== undefined) ? tls : undefined
}

function pemOf(typed: Typed, flag: string, kind: 'CERTIFICATE' | 'PRIVATE KEY'): Buffer | undefined {
  const path = typed.valueOf(flag)
  if (path === undefined) return undefined
  const bytes = contentOf(path, flag)
  const [begin] = /-----BEGIN [A-Z0-9 ]+-----/.exec(bytes.toString('latin1')) ?? []
  if (begin === undefined) throw new CliError(`--${flag} ${path} is not PEM: it has no line BEGIN ${kind}`)
  if (kind === 'CERTIFICATE') readWith(() => new X509Certificate(bytes), `--${flag} ${path} has no certificate`)
  else if (bytes.includes('ENCRYPTED'))
    throw new CliError(`--${flag} ${path} has a passphrase. To make a file without it:`, {
      hint: `openssl pkey -in ${path} -out FILE`,
    })
  return bytes
}

function contentOf(path: string, flag: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new CliError(`--${flag} ${path} cannot be read: ${systemFault(error)}`)
  }
}

/** @throws CliError that begins so, for what OpenSSL cannot use */
function readWith(use: () => unknown, problem: string): void {
  try {
    use()
  } catch (error) {
    // `key values mismatch` of `error:05800074:x509 certificate routines::key values mismatch`
    throw new CliError(`${problem}: ${(error as Error).message.replace(/^error:[^:]*:[^:]*:[^:]*:/, '')}`)
  }
}
