import { randomUUID } from 'node:crypto'
import { streamsIn } from '../core/call.js'
import { idHeader } from '../core/call-identity.js'
import type { ObservedSide } from '../core/call-observer.js'
import { Code, codeName } from '../core/code.js'
import { failure, RpcError } from '../core/rpc-error.js'
import type { CallHistory } from '../telemetry/call-history.js'
import type { CallRecord, RecordedDecision } from '../telemetry/call-record.js'
import { callDetail } from './call-rows.js'
import { shownMessage } from './redact.js'
import { RequestQueue } from './request-queue.js'
import type { SeenMethod } from './scene.js'
import type { TrialEvent, TrialRequest } from './trial-views.js'

/** Takes an event. The call waits until it is taken, so that a page that cannot keep up slows the stream down. */
export type TakeEvent = (event: TrialEvent) => Promise<void>

export interface TrialParts {
  readonly seen: SeenMethod
  readonly calls: CallHistory
  readonly take: TakeEvent
}

/** What came with the end of a call. */
export type TrialEnd = Pick<Extract<TrialEvent, { type: 'end' }>, 'headers' | 'trailers' | 'http' | 'error'>

/** One call made from the console. Messages are JSON on the console's side. */
export abstract class Trial {
  readonly id: string
  /** The requests of a stream. */
  protected readonly queue: RequestQueue
  protected readonly aborting = new AbortController()
  protected record: CallRecord | undefined
  private readonly began = performance.now()

  constructor(
    protected readonly request: TrialRequest,
    protected readonly parts: TrialParts,
    /** The side whose record shows what became of the call. */
    private readonly side: ObservedSide,
  ) {
    const headers = Object.entries(request.headers ?? {})
    this.id = headers.find(([name]) => name.toLowerCase() === idHeader)?.[1] ?? randomUUID()
    this.queue = new RequestQueue(one => void this.took(one))
  }

  /** Makes the call, and tells what happens until it has ended. It never throws for what the call does. */
  async run(): Promise<void> {
    const { take, calls, seen } = this.parts
    await take({ type: 'open', id: this.id, at: 0 })
    const forget = calls.await(this.id, {
      side: this.side,
      decided: decision => void this.decided(decision),
      ended: record => {
        this.record = record
      },
    })
    try {
      const { messages = [], open = false } = this.request
      const requests = messages.map(message => this.read(message))
      if (streamsIn(seen.method)) {
        for (const one of requests) this.queue.push(one)
        if (!open) this.queue.end()
      } else if (requests.length > 1)
        throw failure(
          'invalid_message',
          Code.invalid_argument,
          `${seen.method.path} takes one request, got ${requests.length}`,
        )
      await this.call(requests[0] ?? this.read({}))
      await this.end(undefined)
    } catch (error) {
      await this.end(error instanceof RpcError ? error : RpcError.from(error))
    } finally {
      forget()
      await this.close()
    }
  }

  /** Sends one more request of a stream. @throws RpcError `invalid_argument` if it does not fit its type */
  push(message: unknown): void {
    this.queue.push(this.read(message))
  }

  halfClose(): void {
    this.queue.end()
  }

  /** Ends the call, also while it waits for its first request. */
  cancel(): void {
    this.aborting.abort()
    this.queue.end()
  }

  /**
   * Makes the call, and tells of its replies. Rejects with what it fails with.
   * @param request of a method that takes one; others take theirs from the queue
   */
  protected abstract call(request: unknown): Promise<void>
  /** A request as it is sent. @param message in JSON. @throws RpcError `invalid_argument` */
  protected abstract read(message: unknown): unknown
  /** The JSON of a request. */
  protected abstract written(request: unknown): unknown
  protected abstract ending(error: RpcError | undefined): TrialEnd
  protected abstract close(): Promise<void>

  protected sent(message: unknown): Promise<void> {
    const shown = shownMessage(message, this.parts.seen.method.input)
    return this.parts.take({ type: 'sent', at: this.at, message: shown, bytes: 0 })
  }

  protected decided({ at: _, ...decision }: RecordedDecision): Promise<void> {
    return this.parts.take({ type: 'decided', at: this.at, decision })
  }

  private async took(request: { readonly value: unknown } | undefined): Promise<void> {
    if (this.aborting.signal.aborted) return
    if (request === undefined) return this.parts.take({ type: 'half-closed', at: this.at })
    return this.sent(this.written(request.value))
  }

  private async end(error: RpcError | undefined): Promise<void> {
    const { take, calls } = this.parts
    await take({
      type: 'end',
      at: this.at,
      code: codeName(error?.code ?? Code.ok),
      ...(error?.reason !== undefined && { reason: error.reason }),
      ...(error !== undefined && { message: error.message }),
      ...this.ending(error),
      call: this.record === undefined ? null : callDetail(this.record, calls),
    })
  }

  protected get at(): number {
    return Math.round((performance.now() - this.began) * 100) / 100
  }
}
