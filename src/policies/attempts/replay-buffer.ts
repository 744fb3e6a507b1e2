/**
 * A stream of requests that can be sent again: it buffers the messages that an attempt has read until the call is committed, so that the
 * next attempt reads from the start.
 *
 * It buffers messages, not bytes, because the protocol encodes; their size is an estimate. Beyond 1 MiB per call, or 16 MiB per channel,
 * the stream continues but cannot be sent again. Source: gRFC A6, "Buffering".
 */
import type { ActiveCall } from '../../core/active-call.js'
import { type Call, streamsIn, streamsOut } from '../../core/call.js'
import { Code } from '../../core/code.js'
import { engineHandler } from '../../core/engine-handler.js'
import type { Handler, PolicyScope } from '../../core/policy.js'
import { failure, type RpcError } from '../../core/rpc-error.js'

const bytesPerCall = 1024 * 1024
const bytesPerChannel = 16 * 1024 * 1024

/** The bytes that all calls of a channel buffer together. */
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

/** Wraps a handler that may send a stream of requests again. Methods that take one message are left as they are. */
export function replayable(scope: PolicyScope, handler: Handler): Handler {
  if (!streamsIn(scope.method)) return handler
  const budget = scope.sharedByAll(budgetKey, () => new ReplayBudget())
  return replaying(handler, budget, streamsOut(scope.method))
}

function replaying(next: Handler, budget: ReplayBudget, streaming: boolean): Handler {
  return engineHandler(async call => {
    if (call.message instanceof ReplayStream) return next(call)
    const stream = new ReplayStream(call, budget)
    call.message = stream
    try {
      const reply = await next(call)
      // The caller has seen the reply begin, so the call cannot be repeated.
      if (streaming) stream.commit()
      else stream.close()
      return reply
    } catch (error) {
      stream.close()
      throw error
    }
  })
}

/** Each iteration starts at the first message and ends the previous iteration: only one attempt is in flight. */
export class ReplayStream implements AsyncIterable<unknown> {
  private readonly source: AsyncIterator<unknown>
  /** The buffered messages, starting with number `first`. */
  private buffered: unknown[] = []
  private first = 0
  private bytes = 0
  private ended = false
  /** In an object, because a source may throw `undefined`. */
  private failed: { readonly error: unknown } | undefined
  private pulling: Promise<void> | undefined
  private reader: Reader | undefined
  /** Messages are no longer buffered. */
  private released = false

  constructor(
    private readonly call: ActiveCall,
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

  /** No further attempt follows: stops buffering. */
  commit(): void {
    this.release()
    this.trim()
  }

  /** The call is over: closes the caller's iterator, unless it has ended. */
  close(): void {
    this.commit()
    this.buffered = []
    if (this.ended) return
    this.ended = true
    // Not awaited. An error of its cleanup has no receiver.
    void Promise.resolve(this.source.return?.()).catch(() => {})
  }

  /** @internal The message of that number; undefined if the stream ended before it. */
  async read(at: number): Promise<{ message: unknown } | undefined> {
    for (;;) {
      if (at < this.first) throw lost(this.call)
      if (at - this.first < this.buffered.length) {
        const message = this.buffered[at - this.first]
        if (this.released) this.trim(at + 1)
        return { message }
      }
      if (this.failed !== undefined) throw this.failed.error
      if (this.ended) return undefined
      this.pulling ??= this.pull()
      await this.pulling
    }
  }

  /** @internal The attempt is over, and so is the stream if no further attempt can follow. */
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
      this.failed = { error }
    } finally {
      this.pulling = undefined
    }
  }

  private keep(message: unknown): void {
    this.buffered.push(message)
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

  /** Drops the messages that the current reader has read. */
  private trim(upTo = this.reader?.at ?? 0): void {
    const count = Math.min(upTo - this.first, this.buffered.length)
    if (count <= 0) return
    this.buffered.splice(0, count)
    this.first += count
  }
}

/** Accepts an array too. */
async function* messagesOf(messages: AsyncIterable<unknown> | Iterable<unknown>): AsyncGenerator<unknown> {
  yield* messages
}

class Reader implements AsyncIterator<unknown> {
  /** The number of the next message. */
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
  const message = `${call.method.path}: its stream of requests is too long to be sent again`
  return failure('replay_overflow', Code.unavailable, message)
}

/** Estimates the bytes of a message: texts, bytes and numbers, and a constant per object. */
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
