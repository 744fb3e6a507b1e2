import type { ErrorDetails } from '../../../codecs/error-details.js'
import { isRefusal, pushbackHeader, refusedHeader } from '../../../core/refusal.js'
import { RpcError } from '../../../core/rpc-error.js'
import { fitting, sentWithout } from '../../header-room.js'
import { discard, lingering } from '../../http1/server/discard.js'
import { type ErrorText, errorText } from '../error-json.js'
import { writeMetadata } from '../metadata.js'
import { statusOf } from '../status.js'
import { headerRoom } from './header-room.js'
import type { Exchange } from './served-call.js'
import { writeHead } from './write-head.js'

export interface RefusalOptions {
  /** Default: that of the error's code. */
  readonly status?: number
  /** The body is the message as text, not an error in JSON: the status is all that the protocol has for it. Default false. */
  readonly isPlain?: boolean
  /** Further headers, as a flat list. */
  readonly headers?: readonly string[]
  /** Whether the connection ends with it. */
  readonly close?: boolean
  /** The request has had its time: its rest is read only as long as the peer needs to take the answer. */
  readonly isLate?: boolean
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
    discard(request, settings)
  } else {
    // Closing with unread bytes in the socket would reset it, and the reset would overtake the reply. So the reply goes out whole, the
    // request is read for a while, and only then is the response ended and the connection with it.
    response.write(body)
    discard(request, settings, { done: () => response.end(), ...(options.isLate ? { within: lingering } : {}) })
  }
}

function errorReply(exchange: Exchange, error: RpcError, options: RefusalOptions): { body: Buffer; head: string[] } {
  const { settings } = exchange
  const { limits, report } = settings
  const wanted = [...(options.headers ?? [])]
  let written: ErrorText
  try {
    written = errorText(error, { details: options.details, limits, wrap: json => json })
    writeErrorHeaders(error, wanted)
  } catch (cause) {
    // A field or a header of the error cannot be written; its code and message can.
    report(cause)
    const bare = new RpcError(error.message, error.code)
    written = errorText(bare, { limits, wrap: json => json })
  }
  const { kept, dropped } = fitting(wanted, headerRoom(exchange))
  if (isRefusal(error)) kept.push(refusedHeader, '1')
  const lost = [...written.dropped, ...dropped]
  if (lost.length > 0) report(sentWithout(lost, pathOf(exchange)))
  const body = Buffer.from(options.isPlain ? `${error.message}\n` : written.text)
  const contentType = options.isPlain ? 'text/plain; charset=utf-8' : 'application/json'
  return { body, head: ['content-type', contentType, 'content-length', String(body.byteLength), ...kept] }
}

/** Without the query, which may be a message. */
function pathOf({ request }: Exchange): string {
  return request.url?.split('?', 1)[0] ?? ''
}

/** An error's own headers; the pushback in HTTP's own words too, which are whole seconds. */
function writeErrorHeaders(error: RpcError, head: string[]): void {
  if (error.headers === undefined) return
  writeMetadata(error.headers, head)
  const pushback = Number(error.headers.get(pushbackHeader))
  if (pushback >= 0 && !error.headers.has('retry-after')) head.push('retry-after', String(Math.ceil(pushback / 1000)))
}
