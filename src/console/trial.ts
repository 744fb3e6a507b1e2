import { randomUUID } from 'node:crypto'
import { connect } from '../client/connect.js'
import { disconnect, withCall } from '../client/proxy.js'
import { json } from '../codecs/json/codec.js'
import { compileMethod } from '../codecs/method-serializers.js'
import { type Call, streamsIn, streamsOut } from '../core/call.js'
import { idHeader } from '../core/call-identity.js'
import type { CallObserver } from '../core/call-observer.js'
import { Code, codeName } from '../core/code.js'
import type { Duration } from '../core/duration.js'
import type { Headers } from '../core/headers.js'
import { defaultLimits } from '../core/limits.js'
import { failure, misuse, RpcError } from '../core/rpc-error.js'
import type { Class } from '../schema/type.js'
import type { CallHistory } from '../telemetry/call-history.js'
import { type CallRecord, CallRecording, endedRecord } from '../telemetry/call-record.js'
import { callDetail } from './call-rows.js'
import { shownMessage } from './redact.js'
import { RequestQueue } from './request-queue.js'
import type { SeenMethod } from './scene.js'
import type { Wire } from './trial-form.js'
import type { TrialEvent, TrialRequest } from './trial-views.js'

/** Takes an event. The call waits until it is taken, so that a page that cannot keep up slows the stream down. */
export type TakeEvent = (event: TrialEvent) => Promise<void>

interface TrialParts {
  readonly seen: SeenMethod
  /** Served methods: how to reach the server. */
  readonly wire: Wire | undefined
  readonly calls: CallHistory
  readonly take: TakeEvent
}

type Operation = (...args: unknown[]) => unknown

/**
 * One call made from the console. A served method is called over a listener of its server, as any caller would; a called one by the
 * channel of this process, with its policies. Messages are JSON on the console's side.
 */
export class Trial {
  readonly id: string
  private readonly began = performance.now()
  private readonly aborting = new AbortController()
  private readonly serializers
  private readonly queue: RequestQueue
  private recording: CallRecording | undefined
  private record: CallRecord | undefined
  private ended: Call | undefined
  private readonly counted = { sent: 0, received: 0 }

  constructor(
    private readonly request: TrialRequest,
    private readonly parts: TrialParts,
  ) {
    const { method } = parts.seen
    const headers = Object.entries(request.headers ?? {})
    this.id = headers.find(([name]) => name.toLowerCase() === idHeader)?.[1] ?? randomUUID()
    this.serializers = compileMethod(json, method, defaultLimits)
    this.queue = new RequestQueue(one => void this.took(one))
  }

  /** Makes the call, and tells what happens until it has ended. It never throws for what the call does. */
  async run(): Promise<void> {
    const { take, calls } = this.parts
    await take({ type: 'open', id: this.id, at: 0 })
    const forget = calls.await(this.id, record => {
      this.record = record
    })
    const { client, close } = this.client()
    try {
      await this.call(client)
      await this.end(undefined)
    } catch (error) {
      await this.end(error instanceof RpcError ? error : RpcError.from(error))
    } finally {
      forget()
      await close()
    }
  }

  /** Sends one more request of a stream. @throws RpcError `invalid_argument` if it does not fit its type */
  push(message: unknown): void {
    this.queue.push(this.decoded(message))
  }

  halfClose(): void {
    this.queue.end()
  }

  cancel(): void {
    this.aborting.abort()
  }

  private async call(client: object): Promise<void> {
    const { method } = this.parts.seen
    const { messages = [], open = false, timeout, headers } = this.request
    const requests = messages.map(message => this.decoded(message))
    if (streamsIn(method)) {
      for (const one of requests) this.queue.push(one)
      if (!open) this.queue.end()
    } else if (requests.length > 1)
      throw failure(
        'invalid_message',
        Code.invalid_argument,
        `${method.path} takes one request, got ${requests.length}`,
      )
    const remote = withCall(client, {
      signal: this.aborting.signal,
      headers: { ...headers, [idHeader]: this.id },
      onEnd: call => {
        this.ended = call
      },
      ...(timeout !== undefined && timeout !== '' && { timeout: timeout as Duration }),
    }) as Readonly<Record<string, Operation>>
    if (!streamsIn(method)) await this.sent(messages[0] ?? {})
    const reply = remote[method.key]?.(...this.args(requests[0] ?? this.decoded({})))
    if (streamsOut(method)) for await (const one of reply as AsyncIterable<unknown>) await this.received(one)
    else await this.received(await reply)
  }

  /** Positional arguments are the fields of the request, in order. */
  private args(request: unknown): unknown[] {
    const { method } = this.parts.seen
    if (streamsIn(method)) return [this.queue]
    if (method.parameters !== 'positional') return [request]
    return method.input.fields.map(({ key }) => (request as Readonly<Record<string, unknown>>)[key])
  }

  private client(): { readonly client: object; close(): Promise<void> } {
    const { seen, wire } = this.parts
    if (seen.from !== undefined) return { client: seen.from.client, close: async () => {} }
    if (wire === undefined) throw misuse('not_listening', 'console: the server has no socket')
    const observer: CallObserver = {
      callBegan: (call, side, protocol) => {
        this.recording = new CallRecording(call, side, protocol, {
          ended: (recording, outcome) => {
            this.record = endedRecord(recording.record(), outcome, { key: 0, slow: false })
          },
        })
        return this.recording
      },
    }
    const codec = this.request.codec
    const client = connect(
      seen.service.class as Class<object>,
      {
        protocol: wire.scheme,
        endpoints: [wire.address],
        ...(codec !== undefined && codec !== '' && { codec }),
        // It is this process.
        ...(wire.isSecure && { tls: { insecure: true } }),
      },
      { observers: [observer], report: () => {} },
    )
    return { client, close: () => disconnect(client) }
  }

  private decoded(message: unknown): unknown {
    return this.serializers.request.decode(Buffer.from(JSON.stringify(message ?? {})))
  }

  private async took(request: { readonly value: unknown } | undefined): Promise<void> {
    if (request === undefined) return this.parts.take({ type: 'half-closed', at: this.at })
    const bytes = this.serializers.request.encode(request.value)
    return this.sent(JSON.parse(Buffer.from(bytes).toString()))
  }

  private sent(message: unknown): Promise<void> {
    const shown = shownMessage(message, this.parts.seen.method.input)
    return this.parts.take({ type: 'sent', at: this.at, message: shown, bytes: 0 })
  }

  private received(reply: unknown): Promise<void> {
    const { method } = this.parts.seen
    const text = Buffer.from(this.serializers.reply.encode(reply)).toString()
    const message = shownMessage(JSON.parse(text), method.output)
    return this.parts.take({ type: 'received', at: this.at, message, bytes: this.bytesOf('received') })
  }

  /** Bytes of the latest message; 0 if they are not known. */
  private bytesOf(direction: 'sent' | 'received'): number {
    const total = this.recording?.[direction].bytes ?? 0
    const bytes = total - this.counted[direction]
    this.counted[direction] = total
    return bytes
  }

  private async end(error: RpcError | undefined): Promise<void> {
    const { take, calls } = this.parts
    const { ended } = this
    await take({
      type: 'end',
      at: this.at,
      code: codeName(error?.code ?? Code.ok),
      ...(error?.reason !== undefined && { reason: error.reason }),
      ...(error !== undefined && { message: error.message }),
      ...this.declared(error),
      headers: shownHeaders(ended?.replyHeaders),
      trailers: shownHeaders(ended?.replyTrailers),
      call: this.record === undefined ? null : callDetail(this.record, calls),
    })
  }

  /** The fields of a declared error. */
  private declared(error: RpcError | undefined) {
    const schema = this.parts.seen.method.throws.find(one => one.class !== undefined && error instanceof one.class)
    const serializer = schema && this.serializers.errors.get(schema.name)
    if (schema === undefined || serializer === undefined) return {}
    const text = Buffer.from(serializer.encode(error)).toString()
    return { error: { type: schema.name, fields: shownMessage(JSON.parse(text), schema) } }
  }

  private get at(): number {
    return Math.round((performance.now() - this.began) * 100) / 100
  }
}

function shownHeaders(headers: Headers | undefined): (readonly [string, string])[] {
  return [...(headers ?? [])].map(([name, value]) => [
    name,
    typeof value === 'string' ? value : Buffer.from(value).toString('base64'),
  ])
}
