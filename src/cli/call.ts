import { withCall } from '../client/proxy.js'
import { type Call, streamsIn, streamsOut } from '../core/call.js'
import { Code, codeName } from '../core/code.js'
import { type Duration, toMilliseconds } from '../core/duration.js'
import { RpcError } from '../core/rpc-error.js'
import type { MethodSchema } from '../schema/service.js'
import { CliError, exits } from './cli-error.js'
import { clientOf } from './client.js'
import type { Typed } from './command.js'
import { contractFor } from './contract.js'
import { findMethod } from './find-method.js'
import { headersOf, shownHeader } from './headers.js'
import { explained, OutOfReach } from './out-of-reach.js'
import { jsonText, plainMessage, type Shown } from './plain.js'
import { requestsOf } from './request.js'
import { type Place, placeOf } from './target.js'
import type { Terminal } from './terminal.js'

export async function run(typed: Typed, terminal: Terminal): Promise<number> {
  const [target, name, ...data] = typed.positionals
  if (target === undefined || name === undefined)
    throw new CliError('call takes TARGET METHOD [DATA...]', { hint: 'polywire help call' })
  const place = await placeOf(target, typed)
  const dialled = performance.now()
  const { services, notes } = await contractFor(place, typed)
  for (const note of notes) terminal.err(`${note}\n`)
  const found = findMethod(name, services, typed)
  const { method } = found
  const requests = await requestsOf(data, method, typed, terminal.stdin)
  const client = clientOf(found, place, typed)
  if (typed.has('verbose')) terminal.err(sentText(place, method, { typed, reflection: performance.now() - dialled }))
  try {
    return await new Calling({ typed, terminal, method, place }).perform(client, requests)
  } finally {
    await client[Symbol.asyncDispose]()
  }
}

interface Context {
  readonly typed: Typed
  readonly terminal: Terminal
  readonly method: MethodSchema
  readonly place: Place
}

type Operation = (...args: unknown[]) => unknown

class Calling {
  private replies = 0
  private ended: Call | undefined
  private readonly began = performance.now()

  constructor(private readonly context: Context) {}

  async perform(client: object, requests: AsyncIterable<unknown> | readonly unknown[]): Promise<number> {
    const { method, typed, terminal } = this.context
    const timeout = typed.valueOf('timeout') ?? (streamsOut(method) ? undefined : '30s')
    const remote = withCall(client, {
      headers: headersOf(typed),
      signal: terminal.signal,
      onEnd: call => {
        this.ended = call
      },
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
        terminal.err(`canceled by you after ${this.replies} messages in ${this.elapsed()}\n`)
        return exits.interrupted
      }
      return this.fail(error)
    }
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
    await terminal.out(`${JSON.stringify({ schema: 'polywire.call/1', type: 'message', message: plain, index })}\n`)
  }

  private async end(error?: RpcError): Promise<void> {
    const { terminal, place, typed } = this.context
    const ms = Math.round((performance.now() - this.began) * 10) / 10
    if (terminal.isJson) {
      const end = {
        code: codeName(error?.code ?? Code.ok),
        ...(error && { error: this.declared(error), message: error.message }),
      }
      const line = { schema: 'polywire.call/1', type: 'end', ...end, ms, wire: place.wire, endpoint: this.endpoint() }
      await terminal.out(`${JSON.stringify(line)}\n`)
    }
    if (!typed.has('verbose')) return
    for (const [name, value] of this.ended?.replyHeaders ?? [])
      terminal.err(`< ${name}: ${shownHeader(name, value, typed)}\n`)
    terminal.err(`${codeName(error?.code ?? Code.ok)}, ${ms} ms\n`)
  }

  private async fail(error: RpcError): Promise<number> {
    const { terminal, method, place, typed } = this.context
    const failure = await explained(error, { address: this.endpoint(), isSecure: place.isSecure })
    await this.end(failure)
    if (!terminal.isJson) {
      const declared = this.declared(error)
      const lines = declared === undefined ? [] : [`  ${declared.type}  ${jsonText(declared.value, 1000)}`]
      const after = this.replies > 0 ? ` after ${this.replies} message${this.replies === 1 ? '' : 's'}` : ''
      terminal.err(`${terminal.paintErr('bad', `${codeName(failure.code)}:`)} ${failure.message}${after}\n`)
      for (const line of lines) terminal.err(`${line}\n`)
      const hint = failure instanceof OutOfReach ? failure.hintFor(typed.line) : undefined
      if (hint !== undefined) terminal.err(`  ${hint.replaceAll('\n', '\n  ')}\n`)
      if (failure === error) terminal.err(`  ${method.path.slice(1)} at ${place.url}, ${this.elapsed()}\n`)
    }
    if (terminal.isDebug) terminal.err(`${error.stack}\n`)
    return exits.call + failure.code
  }

  /** The fields of a declared error. */
  private declared(error: RpcError): { readonly type: string; readonly value: object } | undefined {
    const schema = this.context.method.throws.find(one => one.class !== undefined && error instanceof one.class)
    return schema && { type: schema.name, value: plainMessage(error, schema, this.shown(false)) }
  }

  private shown(omitsZeros: boolean): Shown {
    return { omitsZeros, showsSecrets: this.context.typed.has('show-secrets') }
  }

  private endpoint(): string {
    return this.ended?.endpoint?.address ?? this.context.place.address
  }

  private elapsed(): string {
    const ms = performance.now() - this.began
    return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
  }
}

/** What the method of a client takes: a stream, a message, or arguments in the order of its fields. */
export function argumentsOf(method: MethodSchema, requests: AsyncIterable<unknown> | readonly unknown[]): unknown[] {
  if (streamsIn(method)) return [streamOf(method, requests)]
  const [request] = requests as readonly unknown[]
  if (method.parameters !== 'positional') return [request]
  return method.input.fields.map(({ key }) => (request as Readonly<Record<string, unknown>>)[key])
}

async function* streamOf(
  method: MethodSchema,
  requests: AsyncIterable<unknown> | readonly unknown[],
): AsyncIterable<unknown> {
  for await (const request of requests)
    yield method.parameters === 'value' ? (request as { readonly value: unknown }).value : request
}

/** What `-v` says before the call. */
function sentText(
  { url }: Place,
  { path }: MethodSchema,
  { typed, reflection }: { readonly typed: Typed; readonly reflection: number },
): string {
  const contracts = typed.valuesOf('contract')
  const contract = contracts.length > 0 ? contracts.join(', ') : `reflection, ${Math.round(reflection)} ms`
  const headers = [...headersOf(typed)].map(([name, value]) => `> ${name}: ${shownHeader(name, value, typed)}\n`)
  return `> ${url}, contract by ${contract}\n> ${path.slice(1)}\n${headers.join('')}`
}
