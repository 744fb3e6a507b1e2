import type { IncomingMessage } from 'node:http'
import type { Timer } from '../../../core/clock.js'
import type { ServerSettings } from '../../protocol.js'

/**
 * Milliseconds without a byte of an answered request after which its rest is not waited for. A peer under load writes and reads late, and
 * closing earlier would reset the connection before the peer has read the answer. Source: nginx, `lingering_timeout`.
 */
export const restTimeout = 5000

/** Milliseconds that a request of which no more is read leaves its peer to take the answer. */
const goodbye = 1000

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
    timer = clock.schedule(Math.min(goodbye, within), close)
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
 * Limits the rest of an unread request after its response was sent: Node would drop what arrives without a limit. It gets
 * `limits.bodyTimeout`. A body that is too long, or whose length is unknown, may also not pause for longer than `restTimeout`, nor have
 * more than `limits.messageBytes` left: its connection does not carry another request.
 */
export function limitRest(request: IncomingMessage, settings: ServerSettings): void {
  // Node may report the end of a request only after its response was sent.
  if (!request.complete) setImmediate(limit, request, settings)
}

/** Milliseconds between two looks at how much has arrived. Node does not say when it drops bytes. */
const lookEvery = 1000

function limit(request: IncomingMessage, { limits, clock }: ServerSettings): void {
  const { socket } = request
  if (request.complete || socket.destroyed) return
  const isKept = Number(request.headers['content-length']) <= limits.messageBytes
  const pause = Math.min(restTimeout, limits.bodyTimeout)
  const before = socket.bytesRead
  const last = clock.now() + limits.bodyTimeout
  let progress = { bytes: 0, at: clock.now() }
  const isOver = (now: number) =>
    now >= last || (!isKept && (now - progress.at >= pause || progress.bytes > limits.messageBytes))
  const look = () => {
    if (request.complete) return
    const now = clock.now()
    const bytes = socket.bytesRead - before
    if (bytes > progress.bytes) progress = { bytes, at: now }
    if (isOver(now)) socket.destroy()
    else schedule(now)
  }
  let timer: Timer
  const schedule = (now: number) => {
    timer = clock.schedule(Math.min(isKept ? Number.POSITIVE_INFINITY : lookEvery, last - now), { expire: look })
  }
  schedule(clock.now())
  const stop = () => {
    timer.cancel()
    socket.off('close', stop)
    request.off('close', stop)
  }
  socket.once('close', stop)
  request.once('close', stop)
}
