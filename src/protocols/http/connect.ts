import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { onceHeard } from '../open-socket.js'
import type { TlsOptions } from '../protocol.js'

export interface SocketTarget {
  /** `10.0.0.1:80`, `[::1]:80`, `unix:/run/hello.sock`. */
  readonly address: string
  readonly defaultPort: number
  readonly tls: TlsOptions | undefined
  /** Milliseconds. */
  readonly timeout: number
}

/** Opens a connection, TLS handshake included. Rejects with Node's own error; an abort closes what was begun. */
export function openSocket(target: SocketTarget, signal?: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = begin(target)
    const settle = (error?: Error): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      if (error === undefined) resolve(socket)
      else {
        socket.destroy()
        reject(error)
      }
    }
    const abort = (): void => settle(new Error('the dial was aborted'))
    const timer = setTimeout(() => settle(new Error(`no connection within ${target.timeout} ms`)), target.timeout)
    // Stays for as long as the socket does, so that an idle one that breaks harms nobody.
    socket.on('error', settle)
    socket.once(target.tls === undefined ? 'connect' : 'secureConnect', () =>
      onceHeard(socket, error => settle(error ?? (hasSpoken(socket) ? new Error(spokeFirst) : undefined))),
    )
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort)
  })
}

/** Whether the server has said something before it was asked: it speaks no HTTP/1.1, or ends the connection. */
export function hasSpoken(socket: Socket): boolean {
  return socket.readableLength > 0 || socket.readableEnded
}

const spokeFirst = 'the server spoke before it was asked, which is no HTTP/1.1'

function begin({ address, defaultPort, tls }: SocketTarget): Socket {
  const where = placeOf(address, defaultPort)
  if (tls === undefined) return connectTcp({ ...where, noDelay: true, keepAlive: true })
  const { ca, cert, key, serverName } = tls
  const name = serverName ?? ('host' in where ? where.host : undefined)
  return connectTls({
    ...where,
    ALPNProtocols: ['http/1.1'],
    ...(ca !== undefined && { ca: ca as string }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    // An IP address is no server name (RFC 6066, 3).
    ...(name !== undefined && !/^[\d.]+$|:/.test(name) && { servername: name }),
  }).setNoDelay(true)
}

/** The host of an address, for the `host` header too. */
export function placeOf(address: string, defaultPort: number): { path: string } | { host: string; port: number } {
  if (address.startsWith('unix:')) return { path: address.slice('unix:'.length) }
  const match = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(address)
  const host = match?.[1] ?? match?.[2] ?? address
  return { host, port: match?.[3] === undefined ? defaultPort : Number(match[3]) }
}
