import { withCall } from '../client/proxy.js'
import { streamsOut } from '../core/call.js'
import { Code, codeName } from '../core/code.js'
import { type Duration, toMilliseconds } from '../core/duration.js'
import { RpcError } from '../core/rpc-error.js'
import { printable } from '../idl/printable.js'
import type { MessageSchema } from '../schema/message.js'
import type { MethodSchema } from '../schema/service.js'
import { reasonText, requestFault } from './call-failure.js'
import { exits } from './cli-error.js'
import type { Typed } from './command.js'
import { counted } from './counted.js'
import { detailsJson, type ReadError, readError } from './error-json.js'
import { explained } from './explained.js'
import { headersJson, headersOf, shownHeader } from './headers.js'
import type { Measured } from './measured.js'
import { argumentsOf } from './method-arguments.js'
import { OutOfReach } from './out-of-reach.js'
import { jsonText, plainMessage, type Shown } from './plain.js'
import { patienceOf } from './probe.js'
import { Silence } from './silence.js'
import type { Place } from './target.js'
import type { Terminal } from './terminal.js'

interface Context {
  readonly typed: Typed
  readonly terminal: Terminal
  readonly method: MethodSchema
  readonly place: Place
  readonly measured: Measured
  /** Milliseconds; undefined if the contract was given. */
  readonly reflectionMs: number | undefined
  /** Of the contract. */
  readonly messages: readonly MessageSchema[]
}

type Operation = (...args: unknown[]) => unknown

/** One call, and what is printed of it. */
export class Calling {
  private replies = 0
  private hasHeaders = false
  private readonly began = performance.now()

  constructor(private readonly context: Context) {}

  async perform(client: object, requests: AsyncIterable<unknown> | readonly unknown[]): Promise<number> {
    const { method, typed, terminal } = this.context
    const timeout = typed.valueOf('timeout') ?? (streamsOut(method) ? undefined : '30s')
    const silence = new Silence({ ...this.context.place, patience: this.patience() }, () => this.isSilent())
    const remote = withCall(client, {
      headers: headersOf(typed),
      signal: AbortSignal.any([terminal.signal, silence.signal]),
      ...(timeout === undefined ? {} : { timeout: toMilliseconds(timeout as Duration, '--timeout') }),
    }) as Readonly<Record<string, Operation>>
    try {
      const reply = remote[method.key]?.(...argumentsOf(method, requests))
      if (streamsOut(method)) for await (const one of reply as AsyncIterable<unknown>) await this.print(one)
      else await this.print(await reply)
      await this.end()
      return exits.ok
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      if (terminal.signal.aborted) {
        await this.end(error)
        const { message: by } = terminal.signal.reason as Error
        terminal.err(`canceled by ${by} after ${counted(this.replies, 'message')} in ${this.elapsed()}\n`)
        return exits.interrupted
      }
      const typed = requestFault(error)
      if (typed !== undefined) throw typed
      return this.fail(silence.found ?? error)
    } finally {
      silence.end()
    }
  }

  /** Milliseconds that a server has to say what it speaks: as long as it has to connect in, if that was given. */
  private patience(): number | undefined {
    const { typed } = this.context
    return typed.valueOf('connect-timeout') === undefined ? undefined : patienceOf(typed)
  }

  /** Whether the server has said nothing. */
  private isSilent(): boolean {
    const { bytes, call } = this.context.measured
    return this.replies === 0 && bytes.received === 0 && [...(call?.replyHeaders ?? [])].length === 0
  }

  private async print(reply: unknown): Promise<void> {
    const { method, typed, terminal } = this.context
    const index = this.replies++
    if (method.oneway) {
      if (!terminal.isQuiet) terminal.err('sent; no reply is expected\n')
      return
    }
    const message = method.result === 'message' ? reply : method.result === 'nothing' ? {} : { value: reply }
    const plain = plainMessage(message, method.output, this.shown(typed.has('omit-defaults')))
    if (!terminal.isJson) return terminal.out(`${jsonText(plain, terminal.width)}\n`)
    await this.printHeaders()
    await this.line({ type: 'message', message: plain, index, ms: this.ms() })
  }

  /** Once: before the first message, or the end. */
  private async printHeaders(): Promise<void> {
    const { typed, measured } = this.context
    if (this.hasHeaders) return
    this.hasHeaders = true
    await this.line({ type: 'headers', headers: headersJson(measured.call?.replyHeaders ?? [], typed) })
  }

  private line(part: object): Promise<void> {
    return this.context.terminal.out(`${JSON.stringify({ schema: 'polywire.call/1', ...part })}\n`)
  }

  private async end(error?: RpcError): Promise<void> {
    const { terminal, place, typed, measured, reflectionMs } = this.context
    const { bytes, call, dialMs } = measured
    const code = codeName(error?.code ?? Code.ok)
    const sent = [...(call?.replyTrailers ?? [])]
    // Those of an error that stood in the trailers are in both.
    const ofError = [...(error?.headers ?? [])].filter(([name]) => !sent.some(([other]) => other === name))
    const trailers = [...sent, ...ofError]
    if (terminal.isJson) {
      // Of a call that never reached a server there are no headers.
      if (error?.delivery !== 'unsent') await this.printHeaders()
      await this.line({
        type: 'end',
        code,
        ...(error && this.errorJson(error)),
        trailers: headersJson(trailers, typed),
        ms: this.ms(),
        dialMs: dialMs && rounded(dialMs),
        bytesSent: bytes.sent,
        bytesReceived: bytes.received,
        wire: place.wire,
        endpoint: this.endpoint(),
      })
    }
    if (!typed.has('verbose')) return
    const received = [...(call?.replyHeaders ?? [])]
    // Avro has no trailers: the headers of an error are those of the reply.
    const later = trailers.filter(([name]) => error === undefined || !received.some(([other]) => other === name))
    for (const [name, value] of [...received, ...later])
      terminal.err(`< ${printable(`${name}: ${shownHeader(name, value, typed)}`)}\n`)
    const before = [
      ...(dialMs === undefined ? [] : [`dial ${dialMs.toFixed(1)}`]),
      ...(reflectionMs === undefined ? [] : [`reflection ${reflectionMs.toFixed(1)}`]),
    ]
    const aside = before.length === 0 ? '' : ` (${before.join(', ')})`
    terminal.err(`${code}, ${this.ms().toFixed(1)} ms${aside}, ${bytes.sent} B sent, ${bytes.received} B received\n`)
  }

  private async fail(error: RpcError): Promise<number> {
    const { terminal, method, place, typed } = this.context
    const failure = await explained(error, {
      ...place,
      address: this.endpoint(),
      hasAnswered: !this.isSilent(),
      patience: this.patience(),
    })
    await this.end(failure)
    if (!terminal.isJson) {
      const { declared } = this.read(error)
      const lines = declared === undefined ? [] : [`  ${declared.type}  ${jsonText(declared.value, 1000)}`]
      terminal.err(
        `${terminal.paintErr('bad', `${codeName(failure.code)}:`)} ${reasonText(failure, method, this.replies)}\n`,
      )
      for (const line of lines) terminal.err(`${line}\n`)
      const hint = failure instanceof OutOfReach ? failure.hintFor(typed.line) : undefined
      if (hint !== undefined) terminal.err(`  ${hint.replaceAll('\n', '\n  ')}\n`)
      if (!(failure instanceof OutOfReach))
        terminal.err(`  ${method.path.slice(1)} at ${place.url}, ${this.elapsed()}\n`)
    }
    if (terminal.isDebug) terminal.err(`${error.stack}\n`)
    return exits.call + failure.code
  }

  private errorJson(error: RpcError): object {
    const { reason, message, delivery } = error
    const { declared, others } = this.read(error)
    const hint = error instanceof OutOfReach ? error.hintFor(this.context.typed.line) : undefined
    return { reason, message, error: declared, details: detailsJson(others), delivery, hint }
  }

  /** The fields of a declared error. Reflection does not say which errors a method throws, but it has their messages. */
  private read(error: RpcError): ReadError {
    const { method, messages } = this.context
    const schema = method.throws.find(one => one.class !== undefined && error instanceof one.class)
    if (schema === undefined) return readError(error, messages, this.shown(false))
    const declared = { type: schema.name, value: plainMessage(error, schema, this.shown(false)) }
    return { declared, others: error.details }
  }

  private shown(omitsZeros: boolean): Shown {
    return { omitsZeros, showsSecrets: this.context.typed.has('show-secrets') }
  }

  private endpoint(): string {
    return this.context.measured.call?.endpoint?.address ?? this.context.place.address
  }

  /** Milliseconds since the call could be sent. */
  private ms(): number {
    return rounded(performance.now() - (this.context.measured.dialledAt ?? this.began))
  }

  private elapsed(): string {
    const ms = performance.now() - this.began
    return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10
}
