/**
 * A stream of requests that can be sent again: what an attempt has taken from it is kept until the call is committed, so that the next attempt
 * reads it from the start.
 *
 * What is kept are the caller's messages, for encoding is the protocol's; so their size is an estimate of what they hold. Over 1 MiB a call, or
 * 16 MiB a channel, the stream goes on but cannot be sent again. Source: gRFC A6, "Buffering".
 */
import { type Call, streamsIn, streamsOut } from '../../core/call.js'
import { Code } from '../../core/code.js'
import type { Handler, PolicyScope } from '../../core/policy.js'
import { RpcError } from '../../core/rpc-error.js'

const bytesPerCall = 1024 * 1024
const bytesPerChannel = 16 * 1024 * 1024

/** What all calls of a channel keep together. */
export class ReplayBudget {
  used = 0

  constructor(private readonly most = bytesPerChannel) {}

  take(bytes: number): boolean {
    if (this.used + bytes > this.most) return false
    this.used += bytes
    return true
  }

  giveBack(bytes: number): void {
    this.used -= bytes
  }
}

const budgetKey = Symbol('replay budget')

/** Around whatever may send a stream of requests again. Methods that take one message need no keeping, and pay nothing. */
export function replayable(scope: PolicyScope, handler: Handler): Handler {
  if (!streamsIn(scope.method)) return handler
  const budget = scope.sharedByAll(budgetKey, () => new ReplayBudget())
  return replaying(handler, budget, streamsOut(scope.method))
}

function replaying(next: Handler, budget: ReplayBudget, streaming: boolean): Handler {
  return async call => {
    if (call.message instanceof ReplayStream) return next(call)
    const stream = new ReplayStream(call, budget)
    call.message = stream
    try {
      const reply = await next(call)
      // The caller has seen a reply begin: it cannot be taken back.
      if (streaming) stream.commit()
      else stream.close()
      return reply
    } catch (error) {
      stream.close()
      throw error
    }
  }
}

/** Each iteration begins at the start, and ends the one before it: only one attempt is under way. */
export class ReplayStream implements AsyncIterable<unknown> {
  private readonly source: AsyncIterator<unknown>
  /** Messages from number `first` on. */
  private kept: unknown[] = []
  private first = 0
  private bytes = 0
  private ended = false
  private failure: unknown
  private pulling: Promise<void> | undefined
  private reader: Reader | undefined
  /** What was read is no longer kept. */
  private released = false

  constructor(
    private readonly call: Call,
    private readonly budget: ReplayBudget,
    private readonly most = bytesPerCall,
  ) {
    this.source = messagesOf(call.message as AsyncIterable<unknown>)
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    this.reader?.detach()
    this.reader = new Reader(this)
    return this.reader
  }

  /** The present attempt is the one that counts: nothing is kept any more. */
  commit(): void {
    this.release()
    this.trim()
  }

  /** The call is over: the caller's iterator is told, unless it has come to its end. */
  close(): void {
    this.commit()
    this.kept = []
    if (this.ended) return
    this.ended = true
    // It is not waited for, and what it throws while cleaning up has no one to go to.
    void Promise.resolve(this.source.return?.()).catch(() => {})
  }

  /** @internal The message of that number; undefined: there is none. */
  async read(at: number): Promise<{ message: unknown } | undefined> {
    for (;;) {
      if (at < this.first) throw lost(this.call)
      if (at - this.first < this.kept.length) {
        const message = this.kept[at - this.first]
        if (this.released) this.trim(at + 1)
        return { message }
      }
      if (this.failure !== undefined) throw this.failure
      if (this.ended) return undefined
      this.pulling ??= this.pull()
      await this.pulling
    }
  }

  /** @internal The attempt is over; where it was the last there can be, so is the stream. */
  left(reader: Reader): void {
    if (reader !== this.reader) return
    this.reader = undefined
    if (this.released) this.close()
  }

  private async pull(): Promise<void> {
    try {
      const { done, value } = await this.source.next()
      if (done) this.ended = true
      else if (!this.ended) this.keep(value)
    } catch (error) {
      this.ended = true
      this.failure = error
    } finally {
      this.pulling = undefined
    }
  }

  private keep(message: unknown): void {
    this.kept.push(message)
    if (this.released) return
    const size = sizeOf(message)
    if (this.bytes + size > this.most || !this.budget.take(size)) this.release()
    else this.bytes += size
  }

  private release(): void {
    if (this.released) return
    this.released = true
    this.call.streamBegan = true
    this.budget.giveBack(this.bytes)
    this.bytes = 0
    this.trim()
  }

  /** Drops what the one reader there is has read. */
  private trim(upTo = this.reader?.at ?? 0): void {
    const count = Math.min(upTo - this.first, this.kept.length)
    if (count <= 0) return
    this.kept.splice(0, count)
    this.first += count
  }
}

/** An array will do as well. */
async function* messagesOf(messages: AsyncIterable<unknown> | Iterable<unknown>): AsyncGenerator<unknown> {
  yield* messages
}

class Reader implements AsyncIterator<unknown> {
  /** Number of the next message. */
  at = 0
  private over = false

  constructor(private readonly stream: ReplayStream) {}

  async next(): Promise<IteratorResult<unknown>> {
    if (this.over) return finished
    const found = await this.stream.read(this.at)
    if (this.over || found === undefined) return finished
    this.at++
    return { done: false, value: found.message }
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.detach()
    this.stream.left(this)
    return finished
  }

  detach(): void {
    this.over = true
  }
}

const finished: IteratorReturnResult<undefined> = { done: true, value: undefined }

function lost(call: Call): RpcError {
  return new RpcError(`${call.method.path}: its stream of requests is too long to be sent again`, Code.unavailable, {
    reason: 'replay_overflow',
  })
}

/** Bytes that a message holds, about: texts, bytes and numbers, and a little for each thing that holds others. */
export function sizeOf(value: unknown, depth = 0): number {
  switch (typeof value) {
    case 'string':
      return value.length
    case 'object':
      return value === null || depth > 64 ? 8 : sizeOfObject(value, depth + 1)
    default:
      return 8
  }
}

function sizeOfObject(value: object, depth: number): number {
  if (ArrayBuffer.isView(value)) return value.byteLength
  let size = 16
  if (value instanceof Map) for (const [key, one] of value) size += sizeOf(key, depth) + sizeOf(one, depth)
  else if (value instanceof Set || Array.isArray(value)) for (const one of value) size += sizeOf(one, depth)
  else for (const one of Object.values(value)) size += sizeOf(one, depth)
  return size
}
