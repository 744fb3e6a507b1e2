import type { IncomingMessage } from 'node:http'
import type { ServerSettings } from '../../protocol.js'

/** Milliseconds that a connection stays open for the peer to take the last reply. */
export const lingering = 1000

export interface DiscardOptions {
  /** Called once, after the end of the request. */
  readonly done?: () => void
  /** Milliseconds. Default: `limits.bodyTimeout`. */
  readonly within?: number
}

/**
 * Reads and drops the rest of a request, so that its connection can carry the next one. A request that sends more than
 * `limits.messageBytes` or takes too long loses its connection. If it sends too much, it has a second to take its answer first: closing
 * with unread bytes resets the connection, and the reset overtakes the answer.
 */
export function discard(
  request: IncomingMessage,
  { limits, clock }: ServerSettings,
  { done, within = limits.bodyTimeout }: DiscardOptions = {},
): void {
  let dropped = 0
  const close = { expire: () => request.destroy() }
  let timer = clock.schedule(within, close)
  const drop = (chunk: Uint8Array) => {
    dropped += chunk.byteLength
    if (dropped <= limits.messageBytes) return
    request.off('data', drop).pause()
    timer.cancel()
    timer = clock.schedule(Math.min(lingering, within), close)
  }
  request.on('data', drop)
  // Without a listener the process would end if the peer disconnects; 'close' follows.
  request.on('error', () => {})
  request.once('close', () => {
    timer.cancel()
    done?.()
  })
  request.resume()
}

/**
 * Limits the rest of an unread request after its response was sent: Node would drop what arrives without a limit. A body whose length is
 * known and allowed may arrive, so that the connection is kept. Any other body has one second.
 */
export function limitRest(request: IncomingMessage, settings: ServerSettings): void {
  // Node may report the end of a request only after its response was sent.
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
