import type { Socket } from 'node:net'
import { awaitFirstRequest, firstRequestCame } from '../protocols/first-request.js'

/** A protocol, or TLS, that may claim a connection. */
export interface Candidate {
  /** @returns undefined: needs more bytes */
  detect(head: Uint8Array): boolean | undefined
  /** Whether it needs `head` even if it is the only candidate. Default false. */
  readonly needsHead?: boolean | undefined
  /** Serves the connection. @param head the bytes that were already read from it */
  accept(socket: Socket, head: Buffer): void
}

/**
 * Detects the protocol of connections from their first bytes, which may arrive one at a time. Closes a connection that no protocol claims.
 */
export class FirstBytes {
  /** Connections, with the time of their arrival. */
  private readonly undecided = new Map<Socket, number>()
  /** Connections that may have sent nothing yet, with the time by which they must, the earliest first. */
  private readonly silent = new Map<Socket, number>()
  private timer: NodeJS.Timeout | undefined
  private readonly forget = this.forgetter()
  private closed = false
  private whenSettled: (() => void) | undefined

  /** @param limit milliseconds in which a connection must show its protocol */
  constructor(private readonly limit: number) {}

  /** Gives the connection to the first candidate that claims it. */
  decide(socket: Socket, candidates: readonly Candidate[]): void {
    if (this.closed) {
      socket.destroy()
      return
    }
    const [only] = candidates
    if (only !== undefined && candidates.length === 1 && !only.needsHead) {
      this.limitSilence(socket)
      only.accept(socket, none)
    } else this.read(socket, candidates)
  }

  /**
   * Resolves when every connection is claimed or closed. New connections get time to send their first bytes, so that their protocol can
   * refuse them; the others are closed.
   */
  async close(): Promise<void> {
    for (let left = this.newest(); left > 0; left = this.newest()) await this.settled(left)
    // In a busy process a timer fires before bytes that arrived earlier. One turn of the event loop reads them.
    await new Promise(setImmediate)
    this.closed = true
    for (const socket of this.undecided.keys()) socket.destroy()
  }

  /** Milliseconds until the newest connection has had its time; 0 if there is none. */
  private newest(): number {
    const now = performance.now()
    let left = 0
    for (const came of this.undecided.values()) left = Math.max(left, came + silence - now)
    return left
  }

  private settled(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, milliseconds)
      this.whenSettled = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /**
   * For a single candidate: reads nothing, but closes the connection if no byte arrives in time. One timer and one listener serve all
   * connections, since each keeps them.
   */
  private limitSilence(socket: Socket): void {
    this.silent.set(socket, performance.now() + this.limit)
    socket.once('close', this.forget)
    this.timer ??= setTimeout(() => this.closeSilent(), this.limit)
  }

  private closeSilent(): void {
    const now = performance.now()
    this.timer = undefined
    for (const [socket, due] of this.silent) {
      // A timer may fire up to a millisecond early.
      if (due > now + 1) {
        this.timer = setTimeout(() => this.closeSilent(), due - now)
        return
      }
      this.silent.delete(socket)
      socket.off('close', this.forget)
      // In a busy process a timer fires before bytes that arrived earlier.
      setImmediate(() => {
        if (socket.bytesRead === 0) socket.destroy()
      })
    }
  }

  private forgetter(): (this: Socket) => void {
    const first = this
    return function () {
      first.silent.delete(this)
      if (first.silent.size > 0) return
      clearTimeout(first.timer)
      first.timer = undefined
    }
  }

  private read(socket: Socket, candidates: readonly Candidate[]): void {
    this.undecided.set(socket, performance.now())
    awaitFirstRequest(socket)
    let head: Buffer = none
    const settle = () => {
      clearTimeout(timer)
      this.undecided.delete(socket)
      socket.off('data', onData)
      socket.off('close', onClose)
      socket.off('end', onEnd)
    }
    const settled = () => {
      if (this.undecided.size === 0) this.whenSettled?.()
    }
    const onClose = () => {
      settle()
      settled()
    }
    const onEnd = () => socket.destroy()
    const onData = (chunk: Buffer) => {
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
      const owner = ownerOf(head, candidates)
      if (owner === undefined && head.length < maxHead) return
      settle()
      if (owner === undefined || owner === 'nobody') {
        socket.destroy()
        return
      }
      socket.pause()
      socket.off('error', onError)
      // A protocol that does not report its first request counts as asked.
      firstRequestCame(socket)
      owner.accept(socket, head)
      settled()
    }
    // Stays if no candidate claims the connection, so that an error of it is handled.
    const onError = () => socket.destroy()
    const timer = setTimeout(() => {
      // In a busy process a timer fires before bytes that arrived earlier.
      setImmediate(() => {
        if (this.undecided.has(socket)) socket.destroy()
      })
    }, this.limit)
    socket.on('data', onData)
    socket.on('end', onEnd)
    socket.on('close', onClose)
    socket.on('error', onError)
  }
}

/** Undefined if more bytes are needed. */
function ownerOf(head: Buffer, candidates: readonly Candidate[]): Candidate | 'nobody' | undefined {
  let open = false
  for (const candidate of candidates) {
    const mine = candidate.detect(head)
    if (mine === true) return candidate
    if (mine === undefined) open = true
  }
  return open ? undefined : 'nobody'
}

const none = Buffer.alloc(0)
/** Milliseconds that a new connection gets for its first bytes when the server closes. */
const silence = 1000
/** Bytes; every protocol is detected within them. */
const maxHead = 4096
