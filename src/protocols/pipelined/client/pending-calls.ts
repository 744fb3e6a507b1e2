import type { ActiveCall } from '../../../core/active-call.js'
import { Code } from '../../../core/code.js'
import { IdTable } from '../../../core/id-table.js'
import { failure, type RpcError } from '../../../core/rpc-error.js'

/** The connection of a waiting call. */
export interface Forgetting {
  /** Called when the call was cancelled. Its reply is dropped if it still arrives. */
  forget(pending: PendingCall<unknown>): void
}

interface PendingInit<Method> {
  readonly call: ActiveCall
  readonly method: Method
  readonly id: number
  readonly batch: number
  readonly arrivals: number
  readonly connection: Forgetting
  readonly resolve: (reply: unknown) => void
  readonly reject: (error: RpcError) => void
}

/** A call that waits for its reply. It does not keep the object that it is made from (docs/decisions/short-lived-calls.md). */
export class PendingCall<Method> {
  readonly call: ActiveCall
  /** Reads its reply. */
  readonly method: Method
  readonly id: number
  /** `Output.batch` when it was written. While that is unchanged, the call has not left this process. */
  readonly batch: number
  /** `Silence.arrivals` when it was written. */
  readonly arrivals: number
  private readonly resolve: (reply: unknown) => void
  private readonly reject: (error: RpcError) => void
  /** Listens for the call's cancellation, and rejects at once. */
  readonly onCancel: (reason: RpcError) => void

  constructor({ call, method, id, batch, arrivals, connection, resolve, reject }: PendingInit<Method>) {
    this.call = call
    this.method = method
    this.id = id
    this.batch = batch
    this.arrivals = arrivals
    this.resolve = resolve
    this.reject = reject
    this.onCancel = reason => {
      connection.forget(this)
      reject(reason)
    }
  }

  succeed(reply: unknown): void {
    this.call.offCancel(this.onCancel)
    this.resolve(reply)
  }

  fail(error: RpcError): void {
    this.call.offCancel(this.onCancel)
    this.reject(error)
  }
}

/** Keeps the id of a cancelled call until its reply arrives. */
const canceled = { isCanceled: true } as const

export interface IdOptions {
  /** The largest id; after it comes 1. */
  readonly last: number
  /**
   * Whether a cancelled call keeps its id until its reply arrives: because there are few ids, which are soon used again, or because replies
   * have no ids and are counted.
   */
  readonly keepsCanceled: boolean
}

/** The waiting calls of a connection, by ascending id. */
export class PendingCalls<Method> {
  private readonly calls = new IdTable<PendingCall<Method> | typeof canceled>()
  private waiting = 0
  /** The last id that was assigned. */
  private given = 0
  /** The id of the last reply, if replies are counted. */
  private answered = 0

  constructor(private readonly ids: IdOptions) {}

  get isEmpty(): boolean {
    return this.waiting === 0
  }

  /** The number of waiting calls. */
  get size(): number {
    return this.waiting
  }

  /** @throws RpcError `resource_exhausted` (`too_many_calls`) if every id is taken */
  nextId(): number {
    const { last } = this.ids
    if (this.calls.size >= last) throw allTaken(last)
    do this.given = this.given === last ? 1 : this.given + 1
    while (this.calls.get(this.given) !== undefined)
    return this.given
  }

  /** Whether a call can have had that id, however long ago. It may be long over. */
  hasGiven(id: number): boolean {
    const mayHaveWrapped = this.given < this.ids.last / 2 && id > this.ids.last / 2
    return id >= 1 && (id <= this.given || mayHaveWrapped)
  }

  add(pending: PendingCall<Method>): void {
    this.calls.add(pending.id, pending)
    this.waiting++
  }

  cancel(id: number): void {
    if (this.take(id) !== undefined && this.ids.keepsCanceled) this.calls.add(id, canceled)
  }

  /** Removes and returns the call of a reply; undefined if no call waits for it. */
  take(id: number): PendingCall<Method> | undefined {
    const call = this.calls.delete(id)
    if (!isAwaited(call)) return undefined
    this.waiting--
    return call
  }

  /** Removes and returns the call of the next reply, if replies arrive in the order of their calls. */
  takeNext(): PendingCall<Method> | undefined {
    while (this.answered < this.given) {
      const id = ++this.answered
      // One-way calls have no reply.
      if (this.calls.get(id) !== undefined) return this.take(id)
    }
    return undefined
  }

  /** The id of the call that has waited longest; 0 if no call waits. */
  get oldest(): number {
    return this.calls.values().find(isAwaited)?.id ?? 0
  }

  /** Removes and returns all calls. */
  clear(): PendingCall<Method>[] {
    const left = this.waiting === 0 ? [] : this.calls.values().filter(isAwaited)
    this.calls.clear()
    this.waiting = 0
    return left
  }
}

function isAwaited<Method>(call: PendingCall<Method> | typeof canceled | undefined): call is PendingCall<Method> {
  return call !== undefined && call !== canceled
}

function allTaken(count: number): RpcError {
  const message = `${count} calls wait for replies on one connection, which has no more ids`
  return failure('too_many_calls', Code.resource_exhausted, message, { delivery: 'unsent' })
}
