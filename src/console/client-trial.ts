import { connect } from '../client/connect.js'
import { disconnect, withCall } from '../client/proxy.js'
import { json } from '../codecs/json/codec.js'
import { compileMethod } from '../codecs/method-serializers.js'
import { type Call, streamsIn, streamsOut } from '../core/call.js'
import { idHeader } from '../core/call-identity.js'
import type { CallObserver } from '../core/call-observer.js'
import type { Duration } from '../core/duration.js'
import type { Headers } from '../core/headers.js'
import { defaultLimits } from '../core/limits.js'
import { misuse, type RpcError } from '../core/rpc-error.js'
import type { Class } from '../schema/type.js'
import { CallRecording, endedRecord } from '../telemetry/call-record.js'
import { shownMessage } from './redact.js'
import { Trial, type TrialEnd, type TrialParts } from './trial.js'
import type { Wire } from './trial-form.js'
import type { TrialRequest } from './trial-views.js'

type Operation = (...args: unknown[]) => unknown

/**
 * A call by a client. A served method is called over a listener of its server, as any caller would; a called one by the channel of this
 * process, with its policies.
 */
export class ClientTrial extends Trial {
  private readonly serializers
  /** The client of this call alone, if the method is served here. */
  private own: object | undefined
  private recording: CallRecording | undefined
  private ended: Call | undefined
  /** Bytes of the replies that were told. */
  private counted = 0

  /** @param wire how to reach the server of a served method */
  constructor(
    request: TrialRequest,
    parts: TrialParts,
    private readonly wire: Wire | undefined,
  ) {
    super(request, parts, 'client')
    this.serializers = compileMethod(json, parts.seen.method, defaultLimits)
  }

  protected override async call(request: unknown): Promise<void> {
    const { method, from } = this.parts.seen
    const { timeout, headers } = this.request
    const client = from?.client ?? this.connected()
    const remote = withCall(client, {
      signal: this.aborting.signal,
      headers: { ...headers, [idHeader]: this.id },
      onEnd: call => {
        this.ended = call
      },
      ...(timeout !== undefined && timeout !== '' && { timeout: timeout as Duration }),
    }) as Readonly<Record<string, Operation>>
    if (!streamsIn(method)) await this.sent(this.request.messages?.[0] ?? {})
    const reply = remote[method.key]?.(...this.args(request))
    if (streamsOut(method)) for await (const one of reply as AsyncIterable<unknown>) await this.received(one)
    else await this.received(await reply)
  }

  protected override read(message: unknown): unknown {
    return this.serializers.request.decode(Buffer.from(JSON.stringify(message ?? {})))
  }

  protected override written(request: unknown): unknown {
    return JSON.parse(Buffer.from(this.serializers.request.encode(request)).toString())
  }

  protected override ending(error: RpcError | undefined): TrialEnd {
    const { ended } = this
    return {
      headers: shownHeaders(ended?.replyHeaders),
      trailers: shownHeaders(ended?.replyTrailers),
      ...this.declared(error),
    }
  }

  protected override async close(): Promise<void> {
    if (this.own !== undefined) await disconnect(this.own)
  }

  /** Positional arguments are the fields of the request, in order. */
  private args(request: unknown): unknown[] {
    const { method } = this.parts.seen
    if (streamsIn(method)) return [this.queue]
    if (method.parameters !== 'positional') return [request]
    return method.input.fields.map(({ key }) => (request as Readonly<Record<string, unknown>>)[key])
  }

  private connected(): object {
    const { wire } = this
    if (wire === undefined) throw misuse('not_listening', 'console: the server has no socket')
    const observer: CallObserver = {
      callBegan: (call, side, protocol) => {
        this.recording = new CallRecording(call, side, protocol, {
          decided: (_, decision) => void this.decided(decision),
          ended: (recording, outcome) => {
            this.record = endedRecord(recording.record(), outcome, { key: 0, slow: false })
          },
        })
        return this.recording
      },
    }
    const codec = this.request.codec
    this.own = connect(
      this.parts.seen.service.class as Class<object>,
      {
        protocol: wire.scheme,
        endpoints: [wire.address],
        ...(codec !== undefined && codec !== '' && { codec }),
        // It is this process.
        ...(wire.isSecure && { tls: { insecure: true } }),
      },
      { observers: [observer], report: () => {} },
    )
    return this.own
  }

  private received(reply: unknown): Promise<void> {
    const { method } = this.parts.seen
    const text = Buffer.from(this.serializers.reply.encode(reply)).toString()
    const message = shownMessage(JSON.parse(text), method.output)
    return this.parts.take({ type: 'received', at: this.at, message, bytes: this.latestBytes() })
  }

  /** Bytes of the latest reply; 0 if they are not known. */
  private latestBytes(): number {
    const total = this.recording?.received.bytes ?? 0
    const bytes = total - this.counted
    this.counted = total
    return bytes
  }

  /** The fields of a declared error. */
  private declared(error: RpcError | undefined): Pick<TrialEnd, 'error'> {
    const schema = this.parts.seen.method.throws.find(one => one.class !== undefined && error instanceof one.class)
    const serializer = schema && this.serializers.errors.get(schema.name)
    if (schema === undefined || serializer === undefined) return {}
    const text = Buffer.from(serializer.encode(error)).toString()
    return { error: { type: schema.name, fields: shownMessage(JSON.parse(text), schema) } }
  }
}

function shownHeaders(headers: Headers | undefined): (readonly [string, string])[] {
  return [...(headers ?? [])].map(([name, value]) => [
    name,
    typeof value === 'string' ? value : Buffer.from(value).toString('base64'),
  ])
}
