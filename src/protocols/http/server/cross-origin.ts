import type { ServerResponse } from 'node:http'
import { Code } from '../../../core/code.js'
import { failure, type RpcError } from '../../../core/rpc-error.js'
import type { CorsRules } from '../../cors.js'
import { discard } from '../../http1/server/discard.js'
import { refuse } from './refusal.js'
import type { Exchange } from './served-call.js'
import { exposeHeaders, writeHead } from './write-head.js'

/**
 * Applies the server's CORS rules to a request for a method.
 * @param allowed the HTTP methods that call it
 * @returns whether it has answered the request, which was a preflight
 */
export function answersPreflight(exchange: Exchange, rules: CorsRules, allowed: string): boolean {
  const { head, request, response } = exchange
  const { origin } = head
  if (origin === undefined) {
    // A cache must not give this reply, which allows no origin, to a page.
    if (rules.varies && request.method === 'GET') response.appendHeader('vary', 'origin')
    return false
  }
  // An earlier middleware decides.
  if (response.hasHeader(allowOrigin)) return false
  const isPreflight = request.method === 'OPTIONS' && 'access-control-request-method' in request.headers
  if (rules.varies) response.appendHeader('vary', 'origin')
  if (rules.allows(origin)) {
    response.setHeader(allowOrigin, rules.isForAny ? '*' : origin)
    if (rules.credentials) response.setHeader('access-control-allow-credentials', 'true')
    if (isPreflight) allow(exchange, rules, allowed)
    else exposeHeaders(response)
    return isPreflight
  }
  if (isSameOrigin(origin, request.headers.host)) return false
  rules.refuse(origin, request.url?.split('?', 1)[0] ?? '')
  if (isPreflight) refuse(exchange, refusedOrigin(), { status: 403 })
  return isPreflight
}

const allowOrigin = 'access-control-allow-origin'

/** Answers a preflight. Pages may send any header, because headers of calls are theirs to name. */
function allow({ request, response, settings }: Exchange, rules: CorsRules, allowed: string): void {
  const head = ['access-control-allow-methods', allowed, 'access-control-max-age', rules.maxAge]
  const asked = request.headers['access-control-request-headers']
  if (asked !== undefined && /^[\w\t !#$%&'*+.^`|~,-]+$/.test(asked)) head.push('access-control-allow-headers', asked)
  // In the next tick the end of a request without a body was read.
  process.nextTick(sendPreflight, response, head)
  if (!request.complete) discard(request, settings)
}

function sendPreflight(response: ServerResponse, head: readonly string[]): void {
  if (response.destroyed || response.headersSent) return
  writeHead(response, 204, head)
  response.end()
}

/**
 * Whether a page came from this server. Browsers send `Origin` with its POSTs too. The scheme is not compared: a proxy may have ended TLS.
 */
export function isSameOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `https://${host}` || origin === `http://${host}`)
}

export function refusedOrigin(): RpcError {
  return failure('refused_origin', Code.permission_denied, 'pages of this origin may not call this server')
}
