import type { Socket } from 'node:net'
import { createServer, type TLSSocket, type Server as TlsServer } from 'node:tls'
import { awaitFirstRequest, firstRequestCame } from '../protocols/first-request.js'
import { nodeTlsOptions, type ServerTls } from './server-tls.js'

export interface TlsGateOptions {
  /** Names that clients may ask for, the best first. */
  readonly alpn: readonly string[]
  /** Milliseconds that a handshake may take. */
  readonly limit: number
  /** Takes over a connection whose handshake has ended well. @param beneath what it came over, where Node tells */
  readonly secured: (socket: TLSSocket, beneath: Socket | undefined) => void
}

/** TLS in front of whatever a connection speaks: Node's TLS server, which never listens. */
export class TlsGate {
  private server: TlsServer

  /** @throws RpcError `failed_precondition` (`invalid_tls`) */
  constructor(
    tls: ServerTls,
    private readonly options: TlsGateOptions,
  ) {
    this.server = this.open(tls)
  }

  /** Connections from now on; those there are keep what they began with, and sessions of before are not resumed. */
  replace(tls: ServerTls): void {
    this.server = this.open(tls)
  }

  /** Takes over a connection. `head`: bytes already read from it. */
  accept(socket: Socket, head: Buffer): void {
    awaitFirstRequest(socket)
    if (head.length > 0) socket.unshift(head)
    this.server.emit('connection', socket)
  }

  private open(tls: ServerTls): TlsServer {
    const { alpn, limit, secured } = this.options
    const server = createServer({
      ...nodeTlsOptions(tls),
      ALPNProtocols: [...alpn],
      handshakeTimeout: limit,
    })
    server.on('secureConnection', socket => {
      socket.setNoDelay(true)
      const beneath = (socket as { readonly _parent?: Socket })._parent
      if (beneath !== undefined) firstRequestCame(beneath)
      if (isTrusted(socket)) secured(socket, beneath)
      else socket.destroy()
    })
    // Nobody was called. Node closes the connection of a handshake that fails, but not always that of one that takes too long.
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    return server
  }
}

/** Where a certificate is optional, none is as good as one that is verified. */
function isTrusted(socket: TLSSocket): boolean {
  return socket.authorized || socket.getPeerX509Certificate() === undefined
}

/** A record of type handshake (22), of any version 3.x, and in it a ClientHello (1). Source: RFC 8446, 5.1 and 4. */
export function detectTls(head: Uint8Array): boolean | undefined {
  const tests = [0x16, 0x03, undefined, undefined, undefined, 0x01]
  for (const [at, wanted] of tests.entries()) {
    if (head[at] === undefined) return undefined
    if (wanted !== undefined && head[at] !== wanted) return false
  }
  return true
}
