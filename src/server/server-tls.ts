import { createSecureContext, type TlsOptions as NodeTlsOptions, type SecureVersion } from 'node:tls'
import { misuse } from '../core/rpc-error.js'

type Pem = string | Buffer

/** TLS of a server: PEM texts, as `tls.createServer` takes them. */
export interface ServerTls {
  /** The certificate, and behind it those between it and its root. */
  readonly cert: Pem
  readonly key: Pem
  readonly passphrase?: string
  /** Whose signature makes a client's certificate good. */
  readonly ca?: Pem | readonly Pem[]
  /**
   * Mutual TLS: whether a client must show a certificate that a `ca` signed (`required`), or may (`optional`); whom it names stands in
   * `call.peer.identity`. One that is shown and not good is refused either way. Default `none`: it is not asked.
   */
  readonly clientCertificate?: 'none' | 'optional' | 'required'
  /** Default 1.2, which is the least there can be. */
  readonly minVersion?: '1.2' | '1.3'
}

const versions = ['1.2', '1.3']
const requirements = ['none', 'optional', 'required']

function list(values: readonly string[]): string {
  return values.map(value => `'${value}'`).join(' or ')
}

/** @throws RpcError `failed_precondition` (`invalid_tls`) for what no server could use */
export function nodeTlsOptions(tls: ServerTls): NodeTlsOptions {
  const { cert, key, passphrase, ca, clientCertificate = 'none', minVersion = '1.2' } = tls
  if (!versions.includes(minVersion))
    throw misuse('invalid_tls', `tls: minVersion is ${JSON.stringify(minVersion)}; write ${list(versions)}`)
  if (!requirements.includes(clientCertificate)) {
    const shown = JSON.stringify(clientCertificate)
    throw misuse('invalid_tls', `tls: clientCertificate is ${shown}; write ${list(requirements)}`)
  }
  if (clientCertificate !== 'none' && ca === undefined)
    throw misuse(
      'invalid_tls',
      `tls: clientCertificate: '${clientCertificate}' needs ca, the certificates that sign those of clients`,
    )
  const options = {
    cert,
    key,
    minVersion: `TLSv${minVersion}` as SecureVersion,
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(ca === undefined ? {} : { ca: ca as Pem | Pem[] }),
  }
  try {
    createSecureContext(options)
  } catch (error) {
    throw misuse('invalid_tls', `tls: key, cert or ca cannot be used: ${(error as Error).message}; give PEM texts`)
  }
  return {
    ...options,
    requestCert: clientCertificate !== 'none',
    rejectUnauthorized: clientCertificate === 'required',
  }
}
