import type { Socket } from 'node:net'
import { createServer, type TLSSocket, type Server as TlsServer } from 'node:tls'
import { awaitFirstRequest, firstRequestCame } from '../protocols/first-request.js'
import { nodeTlsOptions, renewedTls, type ServerTls } from './server-tls.js'

export interface TlsGateOptions {
  /** The ALPN names, the preferred one first. */
  readonly alpn: readonly string[]
  /** Milliseconds that a handshake may take. */
  readonly limit: number
  /** Serves a connection after its handshake. @param beneath the socket that carries it, if Node tells */
  readonly secured: (socket: TLSSocket, beneath: Socket | undefined) => void
}

/** TLS in front of every protocol: a TLS server of Node that does not listen. */
export class TlsGate {
  private server: TlsServer

  /** @throws RpcError `failed_precondition` (`invalid_tls`) */
  constructor(
    private tls: ServerTls,
    private readonly options: TlsGateOptions,
  ) {
    this.server = this.open(tls)
  }

  /** Replaces the certificates, and the options that are given, for new connections. Earlier sessions are not resumed. */
  replace(given: ServerTls): void {
    const tls = renewedTls(this.tls, given)
    this.server = this.open(tls)
    this.tls = tls
  }

  /** Begins the handshake of a connection. @param head the bytes that were already read from it */
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
    // Node closes the connection of a failed handshake, but not always that of one that takes too long.
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    return server
  }
}

/** Whether the connection has a verified certificate, or no certificate if that is allowed. */
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
