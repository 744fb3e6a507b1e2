import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request as plain, type RequestOptions } from 'node:http'
import { request as secure } from 'node:https'
import { streamsIn } from '../core/call.js'
import { idHeader } from '../core/call-identity.js'
import { Code } from '../core/code.js'
import { type Duration, toMilliseconds } from '../core/duration.js'
import { failure, RpcError } from '../core/rpc-error.js'
import { formatTimeout } from '../protocols/http/timeout.js'
import type { HttpRule } from '../schema/http-rule.js'
import { RestAnswer } from './rest-answer.js'
import { type RestRequest, restRequest, UnfitRequest } from './rest-request.js'
import { Trial, type TrialEnd, type TrialParts } from './trial.js'
import type { Wire } from './trial-form.js'
import type { RouteView, TrialRequest } from './trial-views.js'
import { typeTable } from './type-table.js'

interface RestParts {
  readonly wire: Wire
  readonly route: RouteView
  /** The same route, as the method has it. */
  readonly rule: HttpRule
}

/** A call by a route of `@Http`, as a client that knows nothing of RPC makes it. What does not fit its type is for the server to refuse. */
export class RestTrial extends Trial {
  private readonly answer: RestAnswer
  private readonly schema

  constructor(
    request: TrialRequest,
    parts: TrialParts,
    private readonly rest: RestParts,
  ) {
    super(request, parts, 'server')
    const { method } = parts.seen
    this.schema = { types: typeTable([method.input]), input: method.input.name }
    this.answer = new RestAnswer(method, rest.rule, (message, bytes, id) =>
      parts.take({ type: 'received', at: this.at, message, bytes, ...(id !== undefined && { id }) }),
    )
  }

  /** The fields of the first request of a stream are those of path and query. */
  protected override async call(request: unknown): Promise<void> {
    const isStream = streamsIn(this.parts.seen.method)
    const first = isStream ? await this.queue.next() : { done: false, value: request }
    if (this.aborting.signal.aborted) throw this.lost(this.aborting.signal.reason)
    const filled = this.filled(first.value)
    if (!isStream) await this.sent(structuredClone(request))
    const sent = this.begun(filled)
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>
    // Whoever waits for the response, or reads it, is told too.
    sent.on('error', () => {})
    // A response may come before the last request is sent, and ends the call.
    if (isStream)
      this.write(sent, first.done === true ? undefined : filled).catch(error => sent.destroy(error as Error))
    else sent.end(bytesOf(filled))
    try {
      const [response] = await answered
      await this.answer.read(response)
    } catch (error) {
      throw this.lost(error)
    } finally {
      sent.destroy()
    }
  }

  protected override read(message: unknown): unknown {
    return message ?? {}
  }

  protected override written(request: unknown): unknown {
    return structuredClone(request)
  }

  protected override ending(): TrialEnd {
    return this.answer.ending()
  }

  protected override async close(): Promise<void> {}

  private begun({ verb, target, body }: RestRequest): ClientRequest {
    const { wire } = this.rest
    const { headers, timeout = '' } = this.request
    const given = new Map(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]))
    given.set(idHeader, this.id)
    if (timeout !== '') given.set('connect-timeout-ms', formatTimeout(toMilliseconds(timeout as Duration, 'timeout')))
    if (body !== undefined && !given.has('content-type')) {
      if (body.type === null)
        throw this.unfit(`${this.rest.route.name} takes several media types: name one with the header content-type`)
      given.set('content-type', body.type)
    }
    const options: RequestOptions = {
      ...placeOf(wire.address),
      method: verb,
      path: target,
      headers: Object.fromEntries(given),
      signal: this.aborting.signal,
      agent: false,
    }
    try {
      // It is this process.
      return wire.isSecure ? secure({ ...options, rejectUnauthorized: false }) : plain(options)
    } catch (error) {
      throw failure('invalid_header', Code.invalid_argument, (error as Error).message)
    }
  }

  /** Sends the requests of a stream, each as a line or a chunk. @param first undefined if there is none */
  private async write(sent: ClientRequest, first: RestRequest | undefined): Promise<void> {
    sent.flushHeaders()
    for (let next = first; next !== undefined; ) {
      const bytes = bytesOf(next)
      const line = this.rest.route.isBytes ? bytes : Buffer.concat([bytes, newline])
      if (line.byteLength > 0 && !sent.write(line)) await once(sent, 'drain', { signal: this.aborting.signal })
      const { done, value } = await this.queue.next()
      next = done === true ? undefined : this.filled(value)
    }
    sent.end()
  }

  private filled(message: unknown): RestRequest {
    try {
      return restRequest(this.rest.route, this.schema, message)
    } catch (error) {
      throw error instanceof UnfitRequest ? this.unfit(error.message) : error
    }
  }

  private unfit(message: string): RpcError {
    return failure('invalid_message', Code.invalid_argument, message)
  }

  private lost(cause: unknown): RpcError {
    if (cause instanceof RpcError) return cause
    const { path } = this.parts.seen.method
    if (this.aborting.signal.aborted) return failure('canceled', Code.canceled, `${path}: canceled`)
    return failure('connection_lost', Code.unavailable, `${path}: ${(cause as Error).message}`, { cause })
  }
}

const newline = Buffer.from('\n')

function bytesOf({ body }: RestRequest): Buffer {
  if (body === undefined) return Buffer.alloc(0)
  return 'text' in body.content ? Buffer.from(body.content.text) : Buffer.from(body.content.base64, 'base64')
}

/** @param address a host and a port, or `unix:` and a path */
function placeOf(address: string): RequestOptions {
  if (address.startsWith('unix:')) return { socketPath: address.slice('unix:'.length) }
  const { hostname, port } = new URL(`http://${address}`)
  // A URL without a port has that of its scheme.
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 80 : Number(port) }
}
