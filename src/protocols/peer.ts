import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Peer, PeerIdentity } from '../core/call.js'

/** Stands for the socket of a connection in one of its requests. */
export interface RequestSocket {
  /** The peer of the connection: observers keep what they know of a peer. */
  readonly peer?: Peer
}

/** The peer of a connection; create one per connection. Its certificate is read on first use. */
export function peerOf(socket: Duplex & RequestSocket, protocol: string): Peer {
  return socket.peer ?? new SocketPeer(socket, protocol)
}

class SocketPeer implements Peer {
  readonly address: string
  private known: PeerIdentity | undefined = undefined

  constructor(
    private readonly socket: Duplex,
    readonly protocol: string,
  ) {
    this.address = addressOf(socket)
  }

  get identity(): PeerIdentity | undefined {
    this.known ??= identityOf(this.socket)
    return this.known
  }
}

/** `local` for a Unix socket, whose client has no address, and for an in-memory pair. */
export function addressOf(socket: Duplex): string {
  const { remoteAddress: host, remotePort: port } = socket as Partial<Socket>
  if (host === undefined) return 'local'
  // The address of an IPv4 client on a socket that also listens on IPv6.
  const plain = host.replace(/^::ffff:(?=\d+\.)/i, '')
  return `${plain.includes(':') ? `[${plain}]` : plain}:${port}`
}

/** Who the certificate of a peer speaks of; undefined without TLS, and without a certificate that was verified. */
export function identityOf(socket: Duplex): PeerIdentity | undefined {
  const { encrypted, authorized } = socket as Partial<TLSSocket>
  if (encrypted !== true || authorized !== true) return undefined
  const certificate = (socket as TLSSocket).getPeerX509Certificate()
  if (certificate === undefined) return undefined
  const { CN } = (socket as TLSSocket).getPeerCertificate().subject
  return {
    subject: certificate.subject.split('\n').join(','),
    commonName: Array.isArray(CN) ? CN[0] : CN,
    names: namesOf(certificate.subjectAltName ?? ''),
    fingerprint: certificate.fingerprint256,
  }
}

/** Node writes a name that could be read as several names as a JSON string. */
const name = /(DNS|URI|IP Address|email|[A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/gy

function namesOf(list: string): string[] {
  return [...list.matchAll(name)].map(([, kind = '', value = '']) => {
    const text = value.startsWith('"') ? String(JSON.parse(value)) : value
    return `${kind === 'IP Address' ? 'IP' : kind}:${text}`
  })
}
