import { createServer, type Server as NetServer, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Limits } from '../core/limits.js'
import { nextObjectId } from '../core/live-set.js'
import type { Protocol, ServerBinding } from '../protocols/protocol.js'
import type { Admission } from './admission.js'
import { type Candidate, FirstBytes } from './first-bytes.js'
import { listen } from './listen.js'
import type { ServerTls } from './server-tls.js'
import { detectTls, TlsGate } from './tls-gate.js'

export interface BoundProtocol {
  readonly protocol: Protocol
  readonly binding: ServerBinding
}

/** Where a server listens, and for which protocols. */
export interface ListenerOptions {
  /** The port. Default 0: any free one. */
  readonly port?: number
  /** The address to listen on. Default: every address of the machine. */
  readonly host?: string
  /** The path of a Unix domain socket, instead of host and port. Default: none. */
  readonly path?: string
  /** Certificate and key. Default: no TLS. */
  readonly tls?: ServerTls
  /** Accepts connections without TLS too, on the same port. Default: true without `tls`, false with it. */
  readonly plain?: boolean
  /** The names of the server's protocols to accept here; default: all. */
  readonly protocols?: readonly string[]
}

/**
 * One port for every protocol. The first bytes of a connection tell its protocol, or that TLS comes first. Within TLS the name that the
 * client asked for (ALPN) decides, or else the first bytes. A connection is closed if no protocol claims its bytes, or if they do not
 * arrive within `limits.handshakeTimeout`.
 */
export class Listener {
  readonly id = nextObjectId()
  private readonly bound: readonly BoundProtocol[]
  private readonly server: NetServer
  private readonly outer: FirstBytes
  private readonly candidates: readonly Candidate[]
  private readonly inner: FirstBytes
  private readonly gate: TlsGate | undefined
  private readonly speaksHttp2: boolean
  readonly gone: Promise<void>

  /** @throws RpcError `failed_precondition` (`invalid_tls`) */
  constructor(
    given: readonly BoundProtocol[],
    private readonly options: ListenerOptions,
    limits: Limits,
    private readonly admission: Admission,
  ) {
    const { tls, plain } = options
    const bound = withHttp2(given)
    this.bound = bound
    this.speaksHttp2 = namesOf(bound).includes('h2')
    // A TLS connection goes through three stages, which share the limit.
    const limit = tls === undefined ? limits.handshakeTimeout : limits.handshakeTimeout / 3
    this.outer = new FirstBytes(limit)
    this.inner = new FirstBytes(limit)
    this.gate =
      tls &&
      new TlsGate(tls, {
        alpn: namesOf(bound),
        limit,
        secured: (socket, beneath) => {
          if (beneath !== undefined) admission.secured(beneath, socket)
          this.inner.decide(socket, this.within(socket))
        },
      })
    const protocols = bound.map(this.candidateOf)
    this.candidates = this.gate === undefined ? protocols : [throughTls(this.gate), ...(plain ? protocols : [nobody])]
    this.server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: tcpKeepalive }, socket => {
      if (admission.admit(socket)) this.outer.decide(socket, this.candidates)
    })
    this.gone = new Promise(resolve => this.server.once('close', resolve))
  }

  get isSecure(): boolean {
    return this.gate !== undefined
  }

  listen(): Promise<void> {
    return listen(this.server, this.options)
  }

  /** Host and port, or the path of a Unix socket; undefined unless it listens. */
  get address(): { readonly host: string; readonly port: number } | string | undefined {
    const address = this.server.address()
    if (address === null || typeof address === 'string') return address ?? undefined
    return { host: address.address, port: address.port }
  }

  /** Replaces the certificates for new connections. @throws RpcError `failed_precondition` (`invalid_tls`); the old ones stay then */
  setTls(tls: ServerTls): void {
    this.gate?.replace(tls)
  }

  /**
   * Accepts no new connections. Resolves when each open one belongs to a protocol, which can end it; `gone` resolves when all have ended.
   *
   * @param isLate whether the time to close is up, so that connections in the system's queue are no longer waited for
   */
  async close(isLate: () => boolean = () => false): Promise<void> {
    await this.acceptWaiting(isLate)
    this.server.close()
    await this.outer.close()
    await this.inner.close()
  }

  /**
   * Accepts the connections in the system's queue, which closing the port would reset although their clients are connected. Each turn of
   * the event loop accepts one, until a turn accepts none, or as many as the queue holds. Clients that come again as soon as they are refused
   * can take that long.
   */
  private async acceptWaiting(isLate: () => boolean): Promise<void> {
    let accepted = true
    const note = () => {
      accepted = true
    }
    this.server.on('connection', note)
    // The current turn may have looked at the queue already.
    await new Promise(setImmediate)
    for (let turn = 0; accepted && turn < longestQueue && !isLate(); turn++) {
      accepted = false
      await new Promise(setImmediate)
    }
    this.server.off('connection', note)
  }

  /** The protocols of a TLS connection: the one that the client asked for, or all. */
  private within({ alpnProtocol }: TLSSocket): readonly Candidate[] {
    const chosen = this.bound.filter(({ protocol }) => protocol.alpn?.includes(String(alpnProtocol)))
    return (chosen.length > 0 ? chosen : this.bound).map(this.candidateOf)
  }

  private readonly candidateOf = (bound: BoundProtocol): Candidate => {
    const { protocol, binding } = bound
    return {
      detect: head => protocol.detect(head),
      needsHead: protocol.needsHead,
      accept: (socket: Socket, head) => {
        this.admission.speaks(socket, bound)
        binding.accept(socket, head, this.speaksHttp2)
      },
    }
  }
}

/** gRPC brings HTTP/2 for all. Without it, a protocol that can speaks HTTP/2 itself. */
function withHttp2(bound: readonly BoundProtocol[]): readonly BoundProtocol[] {
  if (namesOf(bound).includes('h2')) return bound
  const isOnly = bound.length === 1
  return bound.map(({ protocol, binding }) => ({ protocol: protocol.withHttp2?.(isOnly) ?? protocol, binding }))
}

/** The ALPN names of the protocols. Those of earlier protocols are preferred. */
function namesOf(bound: readonly BoundProtocol[]): string[] {
  return [...new Set(bound.flatMap(({ protocol }) => protocol.alpn ?? []))]
}

function throughTls(gate: TlsGate): Candidate {
  return { detect: detectTls, accept: (socket, head) => gate.accept(socket, head) }
}

/** Milliseconds without a byte until TCP asks whether the client is there. */
const tcpKeepalive = 60_000

/** Claims nothing. As a second candidate it makes the first one look at the bytes. */
const nobody: Candidate = { detect: () => false, accept: socket => socket.destroy() }

/** The length of the system's queue of connections to accept: Node's default. */
const longestQueue = 511
