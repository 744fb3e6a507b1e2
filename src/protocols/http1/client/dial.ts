import type { Socket } from 'node:net'
import type { Client } from 'undici'
import { exportsOf } from '../../../core/commonjs-exports.js'
import { provideRequire } from '../../bundled-require.js'
import { connectFailed } from '../../failures.js'
import { openSocket, placeOf, type SocketTarget } from '../../open-socket.js'
import type { ClientSettings } from '../../protocol.js'
import { type Begin, HttpLink, type Spare } from './link.js'

/** An endpoint that is called over HTTP/1.1. */
export interface HttpTarget {
  readonly address: string
  readonly settings: ClientSettings
  /** Begins one call. */
  readonly begin: Begin
}

/**
 * Connects to an endpoint. The first connection proves it, and carries the first call.
 * @throws RpcError `unavailable` (`connect_failed`) with delivery `unsent`
 */
export async function dialHttp({ address, settings, begin }: HttpTarget, signal: AbortSignal): Promise<HttpLink> {
  const target: SocketTarget = {
    address,
    defaultPort: settings.tls === undefined ? 80 : 443,
    settings,
    alpn: 'http/1.1',
  }
  const spare = spareOf(await openSilent(target, signal))
  const open = await opener(target, spare, settings.limits.headerBytes)
  return new HttpLink({ address, begin, open, limits: settings.limits, spare })
}

/** Loads undici, which takes longer than all of this package: only a process that calls over HTTP/1.1 does it. */
export async function prepareHttp(): Promise<void> {
  await loadUndici()
}

function loadUndici(): Promise<typeof import('undici')> {
  provideRequire()
  return import('undici')
}

async function opener(target: SocketTarget, spare: Spare, maxHeaderSize: number): Promise<() => Client> {
  const { Client } = exportsOf(await loadUndici(), 'Client')
  const origin = originOf(target)
  const options: Client.Options = {
    maxHeaderSize,
    // The call's own deadline bounds both.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (_options, callback) => {
      const { socket } = spare
      spare.socket = undefined
      // Never at once: undici does not look at a connection that is there before it has gone on to wait for it.
      const opening = isFit(socket) ? Promise.resolve(socket.ref()) : openSilent(target)
      opening.then(
        opened => callback(null, opened),
        (error: Error) => callback(error, null),
      )
    },
  }
  return () => new Client(origin, options)
}

async function openSilent(target: SocketTarget, signal?: AbortSignal): Promise<Socket> {
  const socket = await openSocket(target, signal)
  if (!hasSpoken(socket)) return socket
  socket.destroy()
  throw connectFailed(target.address, 'the server spoke before it was asked, so it does not speak HTTP/1.1')
}

/** Whether the server has said something before it was asked: it does not speak HTTP/1.1, or it ends the connection. */
function hasSpoken(socket: Socket): boolean {
  return socket.readableLength > 0 || socket.readableEnded
}

/** A connection that waits for its first call keeps no process alive, and is forgotten when the server closes it. */
function spareOf(socket: Socket): Spare {
  const spare: Spare = { socket: socket.unref() }
  socket.once('close', () => {
    if (spare.socket === socket) spare.socket = undefined
  })
  return spare
}

/** A call cannot begin on a connection on which the server has spoken meanwhile. */
function isFit(spare: Socket | undefined): spare is Socket {
  if (spare === undefined || !hasSpoken(spare)) return spare !== undefined
  spare.destroy()
  return false
}

/** What the `host` header is made of. */
function originOf({ address, defaultPort, settings }: SocketTarget): string {
  const scheme = settings.tls === undefined ? 'http' : 'https'
  const place = placeOf(address, defaultPort)
  if ('path' in place) return `${scheme}://localhost`
  const host = place.host.includes(':') ? `[${place.host}]` : place.host
  return `${scheme}://${host}:${place.port}`
}
