import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { connectFailed } from './failures.js'
import type { ClientSettings } from './protocol.js'

export interface SocketTarget {
  /** `10.0.0.1:9090`, `[::1]:9090`, `unix:/run/hello.sock`. */
  readonly address: string
  /** The port if the address names none. */
  readonly defaultPort: number
  readonly settings: Pick<ClientSettings, 'tls' | 'clock' | 'connectTimeout' | 'onSocket'>
  /**
   * The protocol to ask for under TLS (RFC 7301). `h2` needs the server's consent (RFC 9113, section 3.2). With `either` the server
   * chooses, and `alpnProtocol` of the socket has its choice.
   */
  readonly alpn?: 'h2' | 'http/1.1' | 'either'
}

/** Milliseconds without traffic after which TCP keepalive probes the peer. */
const keepAliveDelay = 60_000

/**
 * Opens a connection, including the TLS handshake. It has no Nagle delay, and TCP keepalive detects a peer that is gone.
 * @param signal aborts the attempt
 * @throws RpcError `unavailable` (`connect_failed`) with delivery `unsent`
 */
export function openSocket(target: SocketTarget, signal?: AbortSignal): Promise<Socket> {
  const { address, alpn, settings } = target
  const { tls, clock, connectTimeout, onSocket } = settings
  return new Promise((resolve, reject) => {
    const socket = begin(target).setNoDelay(true).setKeepAlive(true, keepAliveDelay)
    onSocket?.(socket)
    let isSettled = false
    const settle = (why?: string, cause?: Error): void => {
      if (isSettled) return
      isSettled = true
      timer.cancel()
      signal?.removeEventListener('abort', abort)
      if (why === undefined) {
        resolve(socket)
        return
      }
      socket.destroy()
      reject(connectFailed(address, why, cause))
    }
    const abort = (): void => settle('the channel was closed')
    const timer = clock.schedule(connectTimeout, {
      expire: () => settle(`no connection within ${connectTimeout} ms (connectTimeout)`),
    })
    // This listener stays, so a socket that breaks before its link listens does not end the process.
    socket.on('error', error => settle(error.message, error))
    socket.once('close', () => settle(closedAtOnce))
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      if (alpn === 'h2' && tls !== undefined && (socket as TLSSocket).alpnProtocol !== 'h2')
        settle('the server did not agree to HTTP/2 (ALPN h2)')
      else onceHeard(socket, settle)
    })
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort)
  })
}

const closedAtOnce = 'the server closed the connection at once'

/**
 * Checks that a new connection is still open. A draining server may have closed it already; after a call was written to it, nothing tells
 * whether a handler saw the call.
 */
function onceHeard(socket: Socket, settle: (why?: string) => void): void {
  // Reading begins after the connection is established, so the next turn of the event loop reads first.
  setImmediate(() => setImmediate(() => settle(socket.readableEnded || socket.destroyed ? closedAtOnce : undefined)))
}

function begin({ address, defaultPort, settings, alpn }: SocketTarget): Socket {
  const place = placeOf(address, defaultPort)
  const { tls } = settings
  if (tls === undefined) return connectTcp(place)
  const { ca, cert, key, serverName, insecure } = tls
  const name = serverName ?? ('host' in place ? place.host : 'localhost')
  return connectTls({
    ...place,
    ...(alpn !== undefined && { ALPNProtocols: alpn === 'either' ? ['h2', 'http/1.1'] : [alpn] }),
    ...(ca !== undefined && { ca: ca as string }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(insecure === true && { rejectUnauthorized: false }),
    // An IP address is not a server name (RFC 6066, section 3).
    ...(isIP(name) === 0 && { servername: name }),
  })
}

/** The path, or the host and port, of an address. */
export function placeOf(address: string, defaultPort: number): { path: string } | { host: string; port: number } {
  if (address.startsWith('unix:')) return { path: address.slice('unix:'.length) }
  const match = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(address)
  const host = match?.[1] ?? match?.[2] ?? address
  return { host, port: match?.[3] === undefined ? defaultPort : Number(match[3]) }
}
