import type { Socket } from 'node:net'
import type { Client } from 'undici'
import { connectFailed } from '../../failures.js'
import { openSocket, placeOf, type SocketTarget } from '../../open-socket.js'
import type { ClientSettings } from '../../protocol.js'
import { type Begin, HttpLink, type Spare } from './link.js'

/** An endpoint to call over HTTP/1.1. */
export interface HttpTarget {
  readonly address: string
  readonly settings: ClientSettings
  /** Begins one call. */
  readonly begin: Begin
  /** A connection that is open already. Default: the first one is opened. */
  readonly opened?: Socket | undefined
}

/**
 * Connects to an endpoint. The first connection shows that it is there, and carries the first call.
 * @throws RpcError `unavailable` (`connect_failed`) with delivery `unsent`
 */
export async function dialHttp(
  { address, settings, begin, opened }: HttpTarget,
  signal: AbortSignal,
): Promise<HttpLink> {
  const target: SocketTarget = {
    address,
    defaultPort: settings.tls === undefined ? 80 : 443,
    settings,
    alpn: 'http/1.1',
  }
  const spare = spareOf(await openSilent(target, signal, opened))
  const open = await opener(target, spare, settings.limits.headerBytes)
  return new HttpLink({ address, begin, open, limits: settings.limits, spare })
}

/** Loads undici. Only a process that calls over HTTP/1.1 does it. */
export async function prepareHttp(): Promise<void> {
  await loadUndici()
}

function loadUndici(): Promise<Pick<typeof import('undici'), 'Client'>> {
  // The published package has its client alone, which loads in a fifth of the time (.ci/undici.js).
  return import('undici/index.js')
}

async function opener(target: SocketTarget, spare: Spare, maxHeaderSize: number): Promise<() => Client> {
  const { Client } = await loadUndici()
  const origin = originOf(target)
  const options: Client.Options = {
    maxHeaderSize,
    // The call's deadline limits both.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (_options, callback) => {
      const { socket } = spare
      spare.socket = undefined
      // Asynchronous, because undici ignores a connection that it receives before it begins to wait for one.
      const opening = isFit(socket) ? Promise.resolve(socket.ref()) : openSilent(target)
      opening.then(
        opened => callback(null, opened),
        (error: Error) => callback(error, null),
      )
    },
  }
  return () => new Client(origin, options)
}

async function openSilent(target: SocketTarget, signal?: AbortSignal, opened?: Socket): Promise<Socket> {
  const socket = opened ?? (await openSocket(target, signal))
  if (!hasSpoken(socket)) return socket
  socket.destroy()
  throw connectFailed(target.address, 'the server sent bytes before a request, so it does not speak HTTP/1.1')
}

/** Whether the server has sent bytes without a request: it does not speak HTTP/1.1, or it ends the connection. */
function hasSpoken(socket: Socket): boolean {
  return socket.readableLength > 0 || socket.readableEnded
}

/** A connection that waits for its first call. It does not keep the process alive, and is dropped when the server closes it. */
function spareOf(socket: Socket): Spare {
  const spare: Spare = { socket: socket.unref() }
  socket.once('close', () => {
    if (spare.socket === socket) spare.socket = undefined
  })
  return spare
}

/** Whether a call can begin on the connection: not if the server has sent bytes meanwhile. */
function isFit(spare: Socket | undefined): spare is Socket {
  if (spare === undefined || !hasSpoken(spare)) return spare !== undefined
  spare.destroy()
  return false
}

/** The origin, from which undici makes the `host` header. */
function originOf({ address, defaultPort, settings }: SocketTarget): string {
  const scheme = settings.tls === undefined ? 'http' : 'https'
  const place = placeOf(address, defaultPort)
  if ('path' in place) return `${scheme}://localhost`
  const host = place.host.includes(':') ? `[${place.host}]` : place.host
  return `${scheme}://${host}:${place.port}`
}
