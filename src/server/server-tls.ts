import { createSecureContext, type TlsOptions as NodeTlsOptions, type SecureVersion } from 'node:tls'
import { misuse, type RpcError } from '../core/rpc-error.js'

type Pem = string | Buffer

/** TLS of a server: PEM texts, as `tls.createServer` takes them. */
export interface ServerTls {
  /** The server's certificate, followed by the intermediate ones. */
  readonly cert: Pem
  /** The private key of the certificate. */
  readonly key: Pem
  /** The passphrase of the key. Default: the key is not encrypted. */
  readonly passphrase?: string
  /** The authorities that sign client certificates. Required for `clientCertificate`. Default: none. */
  readonly ca?: Pem | readonly Pem[]
  /**
   * Mutual TLS: whether a client must (`required`) or may (`optional`) send a certificate signed by `ca`. An invalid one is refused either
   * way. Its holder is `call.peer.identity`. Default `none`: it is not requested.
   */
  readonly clientCertificate?: 'none' | 'optional' | 'required'
  /** The lowest TLS version. Default 1.2. */
  readonly minVersion?: '1.2' | '1.3'
}

function advice(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH')
    return 'the key belongs to another certificate; write its own certificate first in cert'
  return contents
}

const contents = "give the contents of PEM files, such as readFileSync('server.crt')"

const versions = ['1.2', '1.3']
const requirements = ['none', 'optional', 'required']

function list(values: readonly string[]): string {
  return values.map(value => `'${value}'`).join(' or ')
}

/**
 * The options after `setTls`: those that it leaves out stay as they are. So a new certificate does not end the demand for one of the client.
 */
export function renewedTls(current: ServerTls, given: ServerTls): ServerTls {
  const set = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...current, ...Object.fromEntries(set) }
}

/** The error of `setTls` on a server without TLS. */
export function noSecureListener(address: string | undefined): RpcError {
  const where = address === undefined ? '' : ` at ${address}`
  return misuse('invalid_tls', `setTls: no listener with TLS${where}; serve with { tls } first`)
}

/** @throws RpcError `failed_precondition` (`invalid_tls`) if an option is invalid, or key and certificates do not fit */
export function nodeTlsOptions(tls: ServerTls): NodeTlsOptions {
  const { cert, key, passphrase, ca, clientCertificate = 'none', minVersion = '1.2' } = tls
  for (const [name, pem] of Object.entries({ cert, key }))
    if (pem === undefined || pem === null || pem.length === 0)
      throw misuse('invalid_tls', `tls: ${name} is ${pem?.length === 0 ? 'empty' : pem}; ${contents}`)
  if (!versions.includes(minVersion))
    throw misuse('invalid_tls', `tls: minVersion must be ${list(versions)}, got ${JSON.stringify(minVersion)}`)
  if (!requirements.includes(clientCertificate)) {
    const shown = JSON.stringify(clientCertificate)
    throw misuse('invalid_tls', `tls: clientCertificate must be ${list(requirements)}, got ${shown}`)
  }
  if (clientCertificate !== 'none' && ca === undefined)
    throw misuse(
      'invalid_tls',
      `tls: clientCertificate: '${clientCertificate}' needs ca, the authorities that sign client certificates`,
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
    throw misuse('invalid_tls', `tls: key, cert or ca cannot be used: ${(error as Error).message}; ${advice(error)}`)
  }
  return {
    ...options,
    requestCert: clientCertificate !== 'none',
    rejectUnauthorized: clientCertificate === 'required',
  }
}
