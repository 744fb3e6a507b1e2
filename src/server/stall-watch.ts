import type { Socket } from 'node:net'
import type { Clock, Expirable, Timer } from '../core/clock.js'
import type { Limits } from '../core/limits.js'

/** The counters of Node's handle of a socket. They count bytes within a write; the socket itself counts whole writes. */
interface Handle {
  /** Bytes handed to the system, or waiting for it. */
  readonly bytesWritten: number
  /** Bytes waiting for the system. */
  readonly writeQueueSize: number
}

interface Progress {
  /** Bytes that the system has taken so far. */
  taken: number
  /** The last time at which the system took bytes, or none waited. */
  at: number
}

/** Checks per stall limit, so that a connection is closed after at most 1.25 times the limit. */
const looks = 4

/**
 * Closes connections whose peers take none of the bytes that wait for them. Any byte is progress, so a slow reader stays.
 *
 * It checks all connections a few times per limit, whatever their protocol, so that a write costs nothing.
 */
export class StallWatch implements Expirable {
  private readonly connections = new Map<Socket, Progress>()
  private timer: Timer | undefined

  constructor(
    private readonly clock: Clock,
    private readonly limits: Pick<Limits, 'stallTimeout'>,
  ) {}

  /** @param socket the system's socket, beneath TLS if there is any; remove it once it is closed */
  add(socket: Socket): void {
    this.connections.set(socket, { taken: 0, at: this.clock.now() })
    this.timer ??= this.schedule()
  }

  remove(socket: Socket): void {
    this.connections.delete(socket)
    if (this.connections.size > 0) return
    this.timer?.cancel()
    this.timer = undefined
  }

  /** Called by the clock. */
  expire(): void {
    const now = this.clock.now()
    for (const [socket, progress] of this.connections) {
      const { taken, waiting } = sentBy(socket)
      if (waiting === 0 || taken !== progress.taken) {
        progress.taken = taken
        progress.at = now
      } else if (now - progress.at >= this.limits.stallTimeout) end(socket)
    }
    this.timer = this.connections.size === 0 ? undefined : this.schedule()
  }

  private schedule(): Timer {
    return this.clock.schedule(this.limits.stallTimeout / looks, this)
  }
}

/** The handle is not public in Node. Without it, progress is only visible for whole writes. */
function sentBy(socket: Socket): { readonly taken: number; readonly waiting: number } {
  const { bytesWritten, writeQueueSize } =
    (socket as unknown as { readonly _handle?: Partial<Handle> | null })._handle ?? {}
  if (bytesWritten !== undefined && writeQueueSize !== undefined)
    return { taken: bytesWritten - writeQueueSize, waiting: writeQueueSize }
  return { taken: socket.bytesWritten - socket.writableLength, waiting: socket.writableLength }
}

/** Closes by a reset, so that the system frees its buffer too. A Unix socket has no reset. */
function end(socket: Socket): void {
  if (socket.remoteAddress === undefined) socket.destroy()
  else socket.resetAndDestroy()
}
