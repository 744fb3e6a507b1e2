import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Kind } from '../../../codecs/thrift/wire.js'
import { asInvalidMessage } from '../../../codecs/values/fault.js'
import type { ActiveCall, EngineHandler } from '../../../core/active-call.js'
import type { Call } from '../../../core/call.js'
import type { HeaderValue } from '../../../core/headers.js'
import { checkMessageSize } from '../../../core/limits.js'
import { RpcError } from '../../../core/rpc-error.js'
import {
  codeOfPlainStatus,
  connectionLost,
  malformedReply,
  replyHeadersTooLarge,
  unexpectedReply,
  unreadableReply,
} from '../../failures.js'
import { GatheredBytes } from '../../gathered-bytes.js'
import { type Link, refusedHeader } from '../../protocol.js'
import { formatOf } from '../dialect.js'
import { headerValue } from '../metadata.js'
import type { BoundMethod } from './bound-method.js'
import type { LinkSettings } from './link.js'
import { headersOf, readReply, receiveHeaders, unsendable } from './reply.js'

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

  readonly handle: EngineHandler = call => {
    const exchange = this.exchange(call)
    this.inFlight.add(exchange)
    const settled = () => this.inFlight.delete(exchange)
    exchange.then(settled, settled)
    return exchange
  }

  private async exchange(call: ActiveCall): Promise<unknown> {
    const method = this.settings.methods.get(call.method) as BoundMethod
    if (call.canceled !== undefined) throw call.canceled
    const body = this.encode(call, method)
    const { headers, status, bytes } = await this.post(call, body)
    if (status !== 200) throw unexpectedStatus(call, { status, headers, bytes }, this.settings.address)
    receiveHeaders(call, headers)
    if (method.schema.oneway) return undefined
    const reader = formatOf(bytes[0])?.reader(bytes, 0, bytes.length, this.settings.limits.values)
    if (reader === undefined) throw malformedReply(call.method.path, 'it is not Thrift')
    try {
      reader.beginMessage()
    } catch (cause) {
      throw unreadableReply(asInvalidMessage(cause, 'the reply'), call.method.path)
    }
    return readReply(reader, method)
  }

  private encode(call: ActiveCall, method: BoundMethod): Buffer {
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

  private post(call: ActiveCall, body: Buffer): Promise<Response> {
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
      return cause.reason === 'message_too_large' ? unreadableReply(cause, method.path) : cause
    }
    if ((cause as NodeJS.ErrnoException).code === 'HPE_HEADER_OVERFLOW') {
      return replyHeadersTooLarge(method.path, this.settings.limits.headerBytes, { cause })
    }
    const why = cause instanceof Error ? cause.message : String(cause)
    return connectionLost(method.path, why, { address: this.settings.address, cause })
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
    checkMessageSize(size, limit)
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

function unexpectedStatus({ method }: Call, { status, headers, bytes }: Response, address: string): RpcError {
  const said = Buffer.from(bytes.subarray(0, 200)).toString()
  const delivery = headers.includes(refusedHeader) ? 'refused' : 'unknown'
  const contentType = String(headers[headers.indexOf('content-type') + 1] ?? '')
  return unexpectedReply(method.path, { address, status, contentType, said, delivery, codeOf: codeOfPlainStatus })
}
