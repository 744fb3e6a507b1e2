import type { IncomingMessage } from 'node:http'
import type { ServerSettings } from '../../protocol.js'

/** Milliseconds that a connection stays open for a peer to take the last reply, when nothing else is expected of it. */
export const lingering = 1000

export interface DiscardOptions {
  /** Called once, when nothing is to come any more. */
  readonly done?: () => void
  /** Milliseconds; default: those that a body has. */
  readonly within?: number
}

/**
 * Reads and drops the rest of a request, so that the connection can carry another. One that sends more than a message's worth, or takes
 * longer than a body may, loses its connection.
 */
export function discard(
  request: IncomingMessage,
  { limits, clock }: ServerSettings,
  { done, within = limits.bodyTimeout }: DiscardOptions = {},
): void {
  let dropped = 0
  const timer = clock.schedule(within, { expire: () => request.destroy() })
  request.on('data', (chunk: Uint8Array) => {
    dropped += chunk.byteLength
    if (dropped > limits.messageBytes) request.destroy()
  })
  // A listener must be there, since the peer may disconnect at any time; 'close' follows.
  request.on('error', () => {})
  request.once('close', () => {
    timer.cancel()
    done?.()
  })
  request.resume()
}

/**
 * Bounds the rest of a request whose response has been sent whole, without anybody having read it. Node drops what comes, for as long as it
 * comes. A body of known length may arrive, so that the connection is kept; any other has a second.
 */
export function limitRest(request: IncomingMessage, settings: ServerSettings): void {
  // Node may tell of the end of a request that has arrived whole only after the response to it.
  if (!request.complete) setImmediate(limit, request, settings)
}

function limit(request: IncomingMessage, { limits, clock }: ServerSettings): void {
  const { socket } = request
  if (request.complete || socket.destroyed) return
  const isShort = Number(request.headers['content-length']) <= limits.messageBytes
  const expire = () => {
    if (!request.complete) socket.destroy()
  }
  const timer = clock.schedule(isShort ? limits.bodyTimeout : Math.min(lingering, limits.bodyTimeout), { expire })
  const stop = () => {
    timer.cancel()
    socket.off('close', stop)
    request.off('close', stop)
  }
  socket.once('close', stop)
  request.once('close', stop)
}
