import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Kind } from '../../../codecs/thrift/wire.js'
import type { Call } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import type { HeaderValue } from '../../../core/headers.js'
import type { Handler } from '../../../core/policy.js'
import { RpcError } from '../../../core/rpc-error.js'
import { GatheredBytes } from '../../gathered-bytes.js'
import { type Link, refusedHeader } from '../../protocol.js'
import { formatOf } from '../dialect.js'
import { headerValue } from '../metadata.js'
import type { BoundMethod } from './bound-method.js'
import type { LinkSettings } from './link.js'
import { headersOf, malformedReply, readReply, receiveHeaders, unsendable } from './reply.js'

interface HttpLinkSettings extends LinkSettings {
  /** Opens a further connection. */
  readonly open: () => Promise<Socket>
}

/** Thrift over HTTP: a call is a POST of one message, and as many connections as calls are in flight. */
export class HttpThriftLink implements Link {
  open = true
  onClose: ((error: unknown) => void) | undefined
  private readonly agent: Agent
  private readonly inFlight = new Set<Promise<unknown>>()

  /** @param spare a connection that stands, for the first call */
  constructor(
    private spare: Socket | undefined,
    private readonly settings: HttpLinkSettings,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: settings.limits.connections })
    this.agent.createConnection = (_options, done) => {
      const { spare } = this
      this.spare = undefined
      if (spare !== undefined && !spare.destroyed) return spare.ref()
      settings.open().then(
        socket => done?.(null, socket),
        (error: Error) => done?.(error, undefined as unknown as Duplex),
      )
      return undefined
    }
    spare?.unref()
  }

  readonly handle: Handler = call => {
    const exchange = this.exchange(call)
    this.inFlight.add(exchange)
    const settled = () => this.inFlight.delete(exchange)
    exchange.then(settled, settled)
    return exchange
  }

  private async exchange(call: Call): Promise<unknown> {
    const method = this.settings.methods.get(call.method) as BoundMethod
    if (call.canceled !== undefined) throw call.canceled
    const body = this.encode(call, method)
    const { headers, status, bytes } = await this.post(call, body)
    if (status !== 200) throw unexpectedStatus(call, { status, headers, bytes })
    receiveHeaders(call, headers)
    if (method.schema.oneway) return undefined
    const reader = formatOf(bytes[0])?.reader(bytes, 0, bytes.length, this.settings.limits.values)
    if (reader === undefined) throw malformedReply(undefined, call.method.path)
    try {
      reader.beginMessage()
    } catch (cause) {
      throw malformedReply(cause, call.method.path)
    }
    return readReply(reader, method)
  }

  private encode(call: Call, method: BoundMethod): Buffer {
    const writer = this.settings.options.dialect.format.writer()
    try {
      writer.beginMessage(method.schema.oneway ? Kind.oneway : Kind.call, method.name, 1)
      method.arguments.write(writer, call.message)
      writer.endMessage()
      return writer.finish()
    } catch (error) {
      writer.abandon()
      throw unsendable(error, call)
    }
  }

  private post(call: Call, body: Buffer): Promise<Response> {
    const { address, options, limits } = this.settings
    return new Promise((resolve, reject) => {
      const headers = [
        'content-type',
        'application/x-thrift',
        'content-length',
        String(body.length),
        ...headersOf(call),
      ]
      headers.push('host', address, 'accept', 'application/x-thrift')
      const request = httpRequest({
        agent: this.agent,
        method: 'POST',
        path: options.path,
        headers,
        maxHeaderSize: limits.headerBytes,
      })
      const cancel = (reason: RpcError) => {
        reject(reason)
        request.destroy()
      }
      const settle = (error: unknown, response?: Response) => {
        call.offCancel(cancel)
        if (response === undefined) reject(this.lost(call, error))
        else resolve(response)
      }
      call.onCancel(cancel)
      request.on('error', settle)
      request.on('response', response => {
        readResponse(response, limits.messageBytes).then(read => settle(undefined, read), settle)
      })
      request.end(body)
    })
  }

  private lost({ method }: Call, cause: unknown): RpcError {
    if (cause instanceof RpcError) {
      if (cause.delivery === 'unsent') this.fell(cause)
      return cause
    }
    if ((cause as NodeJS.ErrnoException).code === 'HPE_HEADER_OVERFLOW') {
      const what = `${method.path}: the reply has headers over the limit (limits.headerBytes)`
      return new RpcError(what, Code.resource_exhausted, { reason: 'reply_headers_too_large', cause })
    }
    const why = cause instanceof Error ? cause.message : String(cause)
    return new RpcError(
      `${method.path}: the connection to ${this.settings.address} was lost: ${why}`,
      Code.unavailable,
      {
        reason: 'connection_lost',
        cause,
      },
    )
  }

  private fell(error: RpcError): void {
    if (!this.open) return
    this.open = false
    this.onClose?.(error)
  }

  async close(): Promise<void> {
    this.open = false
    await Promise.allSettled(this.inFlight)
    this.spare?.destroy()
    this.agent.destroy()
  }
}

interface Response {
  readonly status: number
  readonly headers: readonly HeaderValue[]
  readonly bytes: Uint8Array
}

async function readResponse(response: IncomingMessage, limit: number): Promise<Response> {
  const body = new GatheredBytes()
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) {
      const what = `a reply of more than ${limit} bytes (limits.messageBytes)`
      throw new RpcError(what, Code.resource_exhausted, { reason: 'message_too_large' })
    }
    body.add(chunk)
  }
  const headers: HeaderValue[] = []
  for (let at = 0; at < response.rawHeaders.length; at += 2) {
    const name = (response.rawHeaders[at] as string).toLowerCase()
    const value = headerValue(name, response.rawHeaders[at + 1] as string)
    if (value !== undefined) headers.push(name, value)
  }
  return { status: response.statusCode ?? 0, headers, bytes: body.all() }
}

const codes: Readonly<Record<number, Code>> = {
  400: Code.internal,
  401: Code.unauthenticated,
  403: Code.permission_denied,
  404: Code.unimplemented,
  413: Code.resource_exhausted,
}

/** Source: gRPC's table of codes for HTTP statuses; 413 is what our own server says to a request over its limit. */
function unexpectedStatus({ method }: Call, { status, headers, bytes }: Response): RpcError {
  const isRefused = headers.includes(refusedHeader)
  const isAway = isRefused || [429, 502, 503, 504].includes(status)
  const code = codes[status] ?? (isAway ? Code.unavailable : Code.unknown)
  const said = Buffer.from(bytes.subarray(0, 200)).toString()
  return new RpcError(`${method.path}: HTTP status ${status}: ${said}`, code, {
    reason: 'unexpected_status',
    ...(isRefused && { delivery: 'refused' }),
  })
}
