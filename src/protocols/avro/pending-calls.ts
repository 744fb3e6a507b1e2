import type { Call } from '../../core/call.js'
import { Code } from '../../core/code.js'
import { RpcError } from '../../core/rpc-error.js'
import type { MethodReads } from './method-format.js'

/** A call that waits for its reply. */
export interface PendingCall {
  readonly call: Call
  readonly reads: MethodReads
  readonly resolve: (reply: unknown) => void
  readonly reject: (error: unknown) => void
  /** As `Output.batch` was when it was written: while it still is, the call has not left this process. */
  readonly batch: number
}

/** Calls in flight on one connection. */
export interface PendingCalls {
  readonly isEmpty: boolean
  /** The serial that a call is to be sent with. @throws RpcError `resource_exhausted` where none is free */
  serialOf(): number
  /** To be called once the call is written. */
  add(serial: number, pending: PendingCall): void
  /** Nobody waits any more; the reply, should it come, is dropped. */
  abandon(serial: number, pending: PendingCall): void
  /** The call that a reply is for; undefined where nobody waits for it. */
  take(serial: number): PendingCall | undefined
  /** Ends all. */
  clear(): PendingCall[]
}

/** avsc keeps the upper half of a serial for itself and drops what has others there. */
const maxSerial = 0xffff

/** With serials replies come in any order. A serial whose call was abandoned stays taken until its reply has come. */
export class SerialCalls implements PendingCalls {
  private readonly calls = new Map<number, PendingCall | undefined>()
  private waiting = 0
  private last = 0

  get isEmpty(): boolean {
    return this.waiting === 0
  }

  serialOf(): number {
    if (this.calls.size >= maxSerial) {
      throw new RpcError(`${maxSerial} calls of one connection wait for replies`, Code.resource_exhausted, {
        reason: 'too_many_calls',
        delivery: 'unsent',
      })
    }
    do this.last = this.last === maxSerial ? 1 : this.last + 1
    while (this.calls.has(this.last))
    return this.last
  }

  add(serial: number, pending: PendingCall): void {
    this.calls.set(serial, pending)
    this.waiting++
  }

  abandon(serial: number, pending: PendingCall): void {
    if (this.calls.get(serial) !== pending) return
    this.calls.set(serial, undefined)
    this.waiting--
  }

  take(serial: number): PendingCall | undefined {
    const pending = this.calls.get(serial)
    this.calls.delete(serial)
    if (pending !== undefined) this.waiting--
    return pending
  }

  clear(): PendingCall[] {
    const left = [...this.calls.values()].filter(pending => pending !== undefined)
    this.calls.clear()
    this.waiting = 0
    return left
  }
}

/** Without serials replies come in the order of their requests, those that nobody waits for included. */
export class OrderedCalls implements PendingCalls {
  private readonly calls = new Map<number, PendingCall | undefined>()
  private waiting = 0
  private first = 0
  private next = 0

  get isEmpty(): boolean {
    return this.waiting === 0
  }

  serialOf(): number {
    return this.next
  }

  add(place: number, pending: PendingCall): void {
    this.calls.set(place, pending)
    this.next++
    this.waiting++
  }

  abandon(place: number, pending: PendingCall): void {
    if (this.calls.get(place) !== pending) return
    this.calls.set(place, undefined)
    this.waiting--
  }

  take(): PendingCall | undefined {
    if (this.first === this.next) return undefined
    const pending = this.calls.get(this.first)
    this.calls.delete(this.first++)
    if (pending !== undefined) this.waiting--
    return pending
  }

  clear(): PendingCall[] {
    const left = [...this.calls.values()].filter(pending => pending !== undefined)
    this.calls.clear()
    this.waiting = 0
    return left
  }
}
