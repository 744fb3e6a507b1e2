import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { connectFailed } from './failures.js'
import type { TlsOptions } from './protocol.js'

export interface SocketTarget {
  /** `10.0.0.1:9090`, `[::1]:9090`, `unix:/run/hello.sock`. */
  readonly address: string
  readonly defaultPort: number
  readonly tls: TlsOptions | undefined
  /** Milliseconds, TLS handshake included. */
  readonly timeout: number
}

/**
 * Opens a connection without Nagle's delay, TLS handshake included.
 * @param signal closes what was begun
 * @throws RpcError `unavailable` (`connect_failed`) with delivery `unsent`
 */
export function openSocket(target: SocketTarget, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = target.tls === undefined ? connectTcp({ ...placeOf(target), ...tcp }) : secure(target, target.tls)
    const settle = (error?: Error): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      if (error === undefined) {
        resolve(socket)
        return
      }
      socket.destroy()
      reject(connectFailed(target.address, error.message, error))
    }
    const abort = (): void => settle(new Error('the dial was aborted'))
    const timer = setTimeout(() => settle(new Error(`no connection within ${target.timeout} ms`)), target.timeout)
    // Stays for as long as the socket does, so that one that breaks before its link listens harms nobody.
    socket.on('error', settle)
    socket.once(target.tls === undefined ? 'connect' : 'secureConnect', () => onceHeard(socket, settle))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort)
  })
}

/**
 * Looks whether a new connection still stands. A process that was busy may find it closed again, by a server that drains; a call must not be
 * written before that was read, or nobody could tell any more that no handler has seen it.
 */
export function onceHeard(socket: Socket, done: (error?: Error) => void): void {
  // Reading begins with the connection, so it is the next turn of the loop that reads first.
  setImmediate(() => setImmediate(() => done(socket.readableEnded || socket.destroyed ? closedAtOnce() : undefined)))
}

function closedAtOnce(): Error {
  return new Error('the server closed the connection at once')
}

const tcp = { noDelay: true, keepAlive: true }

function secure(target: SocketTarget, { ca, cert, key, serverName }: TlsOptions): Socket {
  const place = placeOf(target)
  const name = serverName ?? ('host' in place ? place.host : undefined)
  return connectTls({
    ...place,
    ...(ca !== undefined && { ca: ca as string }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    // An IP address is no server name (RFC 6066, 3).
    ...(name !== undefined && !/^[\d.]+$|:/.test(name) && { servername: name }),
  }).setNoDelay(true)
}

function placeOf({ address, defaultPort }: SocketTarget): { path: string } | { host: string; port: number } {
  if (address.startsWith('unix:')) return { path: address.slice('unix:'.length) }
  const match = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(address)
  const host = match?.[1] ?? match?.[2] ?? address
  return { host, port: match?.[3] === undefined ? defaultPort : Number(match[3]) }
}
