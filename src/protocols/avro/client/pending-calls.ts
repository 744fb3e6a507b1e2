import type { ActiveCall } from '../../../core/active-call.js'
import { Code } from '../../../core/code.js'
import { IdTable } from '../../../core/id-table.js'
import { failure } from '../../../core/rpc-error.js'
import type { MethodReads } from '../signature.js'

/** A call that waits for its reply; a class, and no literal that is kept (docs/decisions/short-lived-calls.md). */
export class PendingCall {
  readonly call: ActiveCall
  readonly reads: MethodReads
  readonly resolve: (reply: unknown) => void
  readonly reject: (error: unknown) => void
  /** As `Output.batch` was when it was written: while it still is, the call has not left this process. */
  readonly batch: number

  constructor({ call, reads, resolve, reject, batch }: PendingCall) {
    this.call = call
    this.reads = reads
    this.resolve = resolve
    this.reject = reject
    this.batch = batch
  }
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

/** Stands where a call was that nobody waits for any more, and whose reply is still to come. */
const abandoned = { abandoned: true } as const

/** Calls by their numbers, each of which stays taken until its reply has come. */
abstract class NumberedCalls implements PendingCalls {
  protected readonly calls = new IdTable<PendingCall | typeof abandoned>()
  private waiting = 0

  get isEmpty(): boolean {
    return this.waiting === 0
  }

  abstract serialOf(): number
  abstract take(serial: number): PendingCall | undefined

  add(serial: number, pending: PendingCall): void {
    this.calls.add(serial, pending)
    this.waiting++
  }

  abandon(serial: number, pending: PendingCall): void {
    if (this.calls.get(serial) !== pending) return
    this.calls.delete(serial)
    this.calls.add(serial, abandoned)
    this.waiting--
  }

  clear(): PendingCall[] {
    const left = this.calls.values().filter(isAwaited)
    this.calls.clear()
    this.waiting = 0
    return left
  }

  protected taken(serial: number): PendingCall | undefined {
    const call = this.calls.delete(serial)
    if (call === undefined || !isAwaited(call)) return undefined
    this.waiting--
    return call
  }
}

function isAwaited(call: PendingCall | typeof abandoned): call is PendingCall {
  return call !== abandoned
}

/** avsc keeps the upper half of a serial for itself and drops what has others there. */
const maxSerial = 0xffff

/** With serials replies come in any order. */
export class SerialCalls extends NumberedCalls {
  private last = 0

  serialOf(): number {
    if (this.calls.size >= maxSerial) {
      const message = `${maxSerial} calls of one connection wait for replies`
      throw failure('too_many_calls', Code.resource_exhausted, message, { delivery: 'unsent' })
    }
    do this.last = this.last === maxSerial ? 1 : this.last + 1
    while (this.calls.get(this.last) !== undefined)
    return this.last
  }

  take(serial: number): PendingCall | undefined {
    return this.taken(serial)
  }
}

/** Without serials replies come in the order of their requests, those that nobody waits for included. */
export class OrderedCalls extends NumberedCalls {
  private first = 0
  private next = 0

  serialOf(): number {
    return this.next
  }

  override add(place: number, pending: PendingCall): void {
    super.add(place, pending)
    this.next++
  }

  take(): PendingCall | undefined {
    return this.first === this.next ? undefined : this.taken(this.first++)
  }
}
