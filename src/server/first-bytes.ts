import type { Socket } from 'node:net'
import { awaitFirstRequest, firstRequestCame } from '../protocols/first-request.js'

/** Somebody whose connection it may be. */
export interface Candidate {
  /** @returns undefined: needs more bytes */
  detect(head: Uint8Array): boolean | undefined
  /** Takes the connection over. `head`: bytes already read from it. */
  accept(socket: Socket, head: Buffer): void
}

/** Tells from the first bytes of connections, however few come at a time, whose they are. What is nobody's is closed. */
export class FirstBytes {
  /** With when they came. */
  private readonly undecided = new Map<Socket, number>()
  private closed = false
  private whenSettled: (() => void) | undefined

  /** @param limit milliseconds until a connection must be known */
  constructor(private readonly limit: number) {}

  /** The first candidate that says yes gets it. */
  decide(socket: Socket, candidates: readonly Candidate[]): void {
    if (this.closed) {
      socket.destroy()
      return
    }
    const [only] = candidates
    if (only !== undefined && candidates.length === 1) {
      this.limitSilence(socket)
      only.accept(socket, none)
    } else this.read(socket, candidates)
  }

  /**
   * Resolves when every connection is known or closed. Those that are new are about to say something, and get the time for it, so that
   * their protocol can refuse it; those that have been silent for long are closed.
   */
  async close(): Promise<void> {
    for (let left = this.newest(); left > 0; left = this.newest()) await this.settled(left)
    // In a process that was busy a timer comes before the bytes that came before it: one turn of the loop reads them.
    await new Promise(setImmediate)
    this.closed = true
    for (const socket of this.undecided.keys()) socket.destroy()
  }

  /** Milliseconds until the newest connection has been silent for long; 0 where none is. */
  private newest(): number {
    return Math.max(0, ...[...this.undecided.values()].map(came => came + silence - performance.now()))
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

  /** Where there is nothing to decide nothing is read ahead: the first bytes are its protocol's, but come they must. */
  private limitSilence(socket: Socket): void {
    const timer = setTimeout(() => {
      // In a process that was busy a timer comes before the bytes that came before it.
      setImmediate(() => {
        if (socket.bytesRead === 0) socket.destroy()
      })
    }, this.limit)
    socket.once('close', () => clearTimeout(timer))
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
      // What it has asked for, its protocol knows; one that does not say has been asked.
      firstRequestCame(socket)
      owner.accept(socket, head)
      settled()
    }
    // Stays where nobody takes the connection over, so that one that breaks harms nobody.
    const onError = () => socket.destroy()
    const timer = setTimeout(() => socket.destroy(), this.limit)
    socket.on('data', onData)
    socket.on('end', onEnd)
    socket.on('close', onClose)
    socket.on('error', onError)
  }
}

/** Undefined while more bytes could still tell. */
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
/** Milliseconds after which a connection that has said nothing is not about to. */
const silence = 1000
/** No protocol needs more to be known by. */
const maxHead = 4096
