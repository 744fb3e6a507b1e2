import type { IncomingMessage } from 'node:http'
import type { ErrorDetails } from '../../codecs/error-details.js'
import { codeName } from '../../core/code.js'
import { isRefusal, pushbackHeader, refusedHeader } from '../../core/refusal.js'
import type { RpcError } from '../../core/rpc-error.js'
import type { ServerSettings } from '../protocol.js'
import { type ErrorJson, errorToJson } from './error-json.js'
import { writeMetadata } from './metadata.js'
import type { Exchange } from './served-call.js'
import { statusOf } from './status.js'
import { writeHead } from './write-head.js'

export interface RefusalOptions {
  /** Default: that of the error's code. */
  readonly status?: number
  /** Further headers, as a flat list. */
  readonly headers?: readonly string[]
  /** Whether the connection ends with it. */
  readonly close?: boolean
  /** Of the method, where it is known. */
  readonly details?: ErrorDetails
}

/** Answers with an error as its body, in whatever state the request is, and leaves the connection fit for the next one or closed. */
export function refuse(exchange: Exchange, error: RpcError, options: RefusalOptions = {}): void {
  // Node parses a request that came in one piece to its end before the next tick; it then needs none of the care below.
  process.nextTick(answer, exchange, error, options)
}

function answer(exchange: Exchange, error: RpcError, options: RefusalOptions): void {
  const { request, response, settings } = exchange
  if (response.destroyed || response.headersSent) return
  const { body, head } = errorReply(exchange, error, options)
  const declared = Number(exchange.head.contentLength)
  const keep = options.close !== true && (request.complete || declared <= settings.limits.messageBytes)
  if (!keep) head.push('connection', 'close')
  writeHead(response, options.status ?? statusOf(error.code), head)
  if (request.complete) {
    request.resume()
    response.end(body)
  } else if (keep) {
    response.end(body)
    discard(request, settings, () => {})
  } else {
    // Closing with unread bytes in the socket would reset it, and the reset would overtake the reply. So the reply goes out whole, the
    // request is read for a while, and only then is the response ended and the connection with it.
    response.write(body)
    discard(request, settings, () => response.end())
  }
}

function errorReply(
  { settings }: Exchange,
  error: RpcError,
  options: RefusalOptions,
): { body: Buffer; head: string[] } {
  const headers = [...(options.headers ?? [])]
  if (isRefusal(error)) headers.push(refusedHeader, '1')
  let json: ErrorJson
  try {
    json = errorToJson(error, options.details)
    writeErrorHeaders(error, headers)
  } catch (cause) {
    // A field or a header of the error cannot be written; its code and message can.
    settings.report(cause)
    json = { code: codeName(error.code), message: error.message }
  }
  const body = Buffer.from(JSON.stringify(json))
  return { body, head: ['content-type', 'application/json', 'content-length', String(body.byteLength), ...headers] }
}

/** An error's own headers; the pushback in HTTP's own words too, which are whole seconds. */
function writeErrorHeaders(error: RpcError, head: string[]): void {
  if (error.headers === undefined) return
  writeMetadata(error.headers, head)
  const pushback = Number(error.headers.get(pushbackHeader))
  if (pushback >= 0 && !error.headers.has('retry-after')) head.push('retry-after', String(Math.ceil(pushback / 1000)))
}

/**
 * Reads and drops the rest of a request, so that the connection can carry another. One that sends more than a message's worth, or takes
 * longer than a body may, loses its connection.
 * @param done called once, when nothing is to come any more
 */
export function discard(request: IncomingMessage, { limits, clock }: ServerSettings, done: () => void): void {
  let dropped = 0
  const timer = clock.schedule(limits.body, { expire: () => request.destroy() })
  request.on('data', (chunk: Uint8Array) => {
    dropped += chunk.byteLength
    if (dropped > limits.messageBytes) request.destroy()
  })
  // A listener must be there, since the peer may disconnect at any time; 'close' follows.
  request.on('error', () => {})
  request.once('close', () => {
    timer.cancel()
    done()
  })
  request.resume()
}
