import type { ErrorDetails } from '../../../codecs/error-details.js'
import { isRefusal, pushbackHeader, refusedHeader } from '../../../core/refusal.js'
import { RpcError } from '../../../core/rpc-error.js'
import { fitting, sentWithout } from '../../header-room.js'
import { discard, restTimeout } from '../../http1/server/discard.js'
import { type ErrorJson, type ErrorText, errorText } from '../error-json.js'
import { writeMetadata } from '../metadata.js'
import { statusOf } from '../status.js'
import { connectionOf } from './connection.js'
import { headerRoom } from './header-room.js'
import { problemOf, problemType } from './rest/problem.js'
import type { Exchange } from './served-call.js'
import { writeHead } from './write-head.js'

export interface RefusalOptions {
  /** Default: the status of the error's code. */
  readonly status?: number
  /** Whether the body is empty, because the protocol has only the status and the headers for the error. Default false. */
  readonly isBare?: boolean
  /** Further headers, as a flat list. */
  readonly headers?: readonly string[]
  /** Whether the connection is closed afterwards. */
  readonly close?: boolean
  /** Whether the request took too long: then its rest is read only until the peer has taken the answer. */
  readonly isLate?: boolean
  /** The error details of the method, if it is known. */
  readonly details?: ErrorDetails
}

type FullOptions = RefusalOptions & { readonly status: number }

/** Answers with an error as body, in any state of the request. Afterwards the connection can carry the next request, or is closed. */
export function refuse(exchange: Exchange, error: RpcError, options: RefusalOptions = {}): void {
  // Before the next tick Node parses a request that arrived in one piece to its end, which is the simple case below.
  process.nextTick(answer, exchange, error, options)
}

/** Tells the observer of a request that reaches no handler. */
export function observeRefusal(exchange: Exchange, error: RpcError): void {
  const { settings, request } = exchange
  settings.observer?.callRefused?.({ path: pathOf(exchange), peer: connectionOf(request).peer, error })
}

function answer(exchange: Exchange, error: RpcError, options: RefusalOptions): void {
  const { request, response, settings } = exchange
  if (response.destroyed || response.headersSent) return
  const status = options.status ?? statusOf(error.code)
  const { body, head } = errorReply(exchange, error, { ...options, status })
  const declared = Number(exchange.head.contentLength)
  const keep = options.close !== true && (request.complete || declared <= settings.limits.messageBytes)
  if (!keep) head.push('connection', 'close')
  writeHead(response, status, head)
  if (request.complete) {
    request.resume()
    response.end(body)
  } else if ('endsWithReply' in request) {
    // The end of the reply asks the client to stop sending, and harms no other request (RFC 9113, section 8.1).
    response.end(body)
  } else if (keep) {
    response.end(body)
    discard(request, settings)
  } else {
    // Closing with unread bytes would reset the connection, and the reset would overtake the reply. So it sends the whole reply, reads the
    // request for a while, and only then ends the response and the connection.
    response.write(body)
    discard(request, settings, { done: () => response.end(), ...(options.isLate ? { within: restTimeout } : {}) })
  }
}

function errorReply(exchange: Exchange, error: RpcError, options: FullOptions): { body: Buffer; head: string[] } {
  const { settings, isRest } = exchange
  const wrap = (json: ErrorJson) => (isRest ? problemOf(json, options.status) : json)
  const { limits, report } = settings
  const wanted = [...(options.headers ?? [])]
  let written: ErrorText
  try {
    written = errorText(error, { details: options.details, limits, wrap })
    writeErrorHeaders(error, wanted)
  } catch (cause) {
    // A field or a header of the error cannot be written, but its code and message can.
    report(cause)
    const bare = new RpcError(error.message, error.code)
    written = errorText(bare, { limits, wrap })
  }
  const { kept, dropped } = fitting(wanted, headerRoom(exchange))
  if (isRefusal(error)) kept.push(refusedHeader, '1')
  const lost = [...written.dropped, ...dropped]
  if (lost.length > 0) report(sentWithout(lost, pathOf(exchange)))
  if (options.isBare) return { body: Buffer.alloc(0), head: ['content-length', '0', ...kept] }
  const body = Buffer.from(written.text)
  const contentType = isRest ? problemType : 'application/json'
  return { body, head: ['content-type', contentType, 'content-length', String(body.byteLength), ...kept] }
}

/** The path without the query, which may hold a message. */
function pathOf({ request }: Exchange): string {
  return request.url?.split('?', 1)[0] ?? ''
}

/** Writes an error's headers, and its pushback also as `retry-after`, which has whole seconds. */
function writeErrorHeaders(error: RpcError, head: string[]): void {
  if (error.headers === undefined) return
  writeMetadata(error.headers, head)
  const pushback = Number(error.headers.get(pushbackHeader))
  if (pushback >= 0 && !error.headers.has('retry-after')) head.push('retry-after', String(Math.ceil(pushback / 1000)))
}
