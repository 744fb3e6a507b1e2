import type { PeerCertificate } from 'node:tls'
import { Code } from '../core/code.js'
import { RpcError } from '../core/rpc-error.js'
import { destroyedHere } from '../http2/error.js'
import { http1Answer } from '../http2/frame-reader.js'
import { failedAt } from './failed-at.js'
import { pasted, withFlag } from './pasted.js'
import { systemFault } from './system-fault.js'

/**
 * What would help. `wait`: nothing listens yet. `tls`, `plain`, `http`: another scheme. `trust`: another authority. With `serverName`: the
 * name that the certificate has. With `instead`: another target.
 */
export type Remedy =
  | 'wait'
  | 'tls'
  | 'plain'
  | 'http'
  | 'trust'
  | { readonly serverName: string }
  | { readonly url: string; readonly instead: string }

/** A server that could not be spoken with, in the words of someone who types an address. Nothing was sent. */
export class OutOfReach extends RpcError {
  constructor(
    message: string,
    readonly remedy: Remedy | undefined,
    cause: unknown,
  ) {
    super(message, Code.unavailable, { cause, delivery: 'unsent' })
  }

  /** Whether nothing that the server would answer could say more. */
  get isCertain(): boolean {
    return this.remedy !== undefined && this.remedy !== 'http'
  }

  /** Whether a server of HTTP/1.1 was spoken with in HTTP/2. */
  get isHttp1(): boolean {
    return this.remedy === 'http'
  }

  /** What to type instead. @param line as typed, without `polywire` */
  hintFor(line: readonly string[]): string | undefined {
    if (typeof this.remedy === 'object' && 'instead' in this.remedy) {
      const { url, instead } = this.remedy
      // A target of the project file is not on the line, and one that was found has no scheme there.
      return line.includes(url) ? pasted(line.map(word => (word === url ? instead : word))) : `its target is ${instead}`
    }
    if (typeof this.remedy === 'object')
      return `if it is that server: ${pasted(withFlag(line, '--server-name', this.remedy.serverName))}`
    switch (this.remedy) {
      case 'wait':
        if (!waiting.has(line[0] ?? '') || line.includes('--wait')) return undefined
        return `to wait until it is up: ${pasted([...line, '--wait', '30s'])}`
      case 'tls':
        return pasted(line.map(word => word.replace(/^(grpc|http|ws|thrift|avro)(?=\+|:\/\/)/, '$1s')))
      case 'plain':
        return pasted(line.map(word => word.replace(/^(grpc|http|ws|thrift|avro)s(?=\+|:\/\/)/, '$1')))
      case 'http':
        return pasted(line.map(word => word.replace(/^(?:grpc|http2)(?=s?(?:\+|:\/\/))/, 'http')))
      case 'trust':
        return `${pasted(withFlag(line, '--cacert', 'FILE'))}\nto accept any certificate: --insecure`
      default:
        return undefined
    }
  }
}

/** The same for a target of the project file. @param url as it stands there */
export function projectFix(remedy: Remedy | undefined, url: string): string | undefined {
  if (typeof remedy === 'object') {
    if ('instead' in remedy) return `the target is ${remedy.instead}`
    return `if it is that server, add to the target in polywire.json: "tls": { "serverName": "${remedy.serverName}" }`
  }
  switch (remedy) {
    case 'wait':
      return 'start it, or correct its address in polywire.json'
    case 'tls':
      return `the target is ${url.replace(/^\w+/, '$&s')}`
    case 'plain':
      return `the target is ${url.replace(/^(\w+)s(?=\W)/, '$1')}`
    case 'http':
      return `the target is ${url.replace(/^(?:grpc|http2)/, 'http')}`
    case 'trust':
      return 'add its authority to the target in polywire.json: "tls": { "ca": "certs/ca.pem" }'
    default:
      return undefined
  }
}

const waiting = new Set(['call', 'health', 'bench'])

/** Why a connection failed. @param cause of `node:net` or `node:tls` */
export function outOfReach(address: string, cause: unknown): OutOfReach {
  return failedAt(reachError(address, cause), address)
}

function reachError(address: string, cause: unknown): OutOfReach {
  const { code = '', message } = cause as NodeJS.ErrnoException
  if (code === 'ECONNREFUSED')
    return new OutOfReach(`${address} refused the connection; nothing listens there`, 'wait', cause)
  if (message === http1Answer) return new OutOfReach(`${address} speaks HTTP/1.1, and gRPC needs HTTP/2`, 'http', cause)
  if (message === destroyedHere)
    return new OutOfReach(`${address} accepted the connection and says nothing`, undefined, cause)
  if (code === 'ENOTFOUND') return new OutOfReach(`${address} is not known to DNS`, undefined, cause)
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return new OutOfReach(`${address} does not speak TLS, and the scheme asks for it`, 'plain', cause)
  if (code === 'CERT_HAS_EXPIRED') return new OutOfReach(`the certificate of ${address} has expired`, undefined, cause)
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return otherName(address, cause)
  if (untrusted.has(code))
    return new OutOfReach(`the certificate of ${address} is from no known authority: ${message}`, 'trust', cause)
  if (code === 'ECONNRESET' && 'host' in (cause as object))
    return new OutOfReach(
      `${address} closed the connection before TLS was established; it may not speak TLS`,
      'plain',
      cause,
    )
  return new OutOfReach(
    `${address} cannot be reached: ${systemFault(cause)}`,
    code === 'ENOENT' ? 'wait' : undefined,
    cause,
  )
}

/** Of a server whose certificate does not have the name that it was called by. */
function otherName(address: string, cause: unknown): OutOfReach {
  const { host, cert } = cause as { readonly host?: string; readonly cert?: Partial<PeerCertificate> }
  const names = cert?.subjectaltname?.replace(/\b(?:DNS|IP Address):/g, '') || String(cert?.subject?.CN ?? 'no name')
  const called = host?.replace(/\.$/, '') ?? address
  // A wildcard stands for names that are not known here.
  const [serverName] = names.split(', ').filter(name => /^[\w.-]+$/.test(name))
  const remedy = serverName === undefined ? undefined : { serverName }
  return new OutOfReach(`the certificate of ${address} is for ${names}, not for ${called}`, remedy, cause)
}

const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])
