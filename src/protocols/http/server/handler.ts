import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Codec } from '../../../codecs/codec.js'
import { Code } from '../../../core/code.js'
import { messageTooLarge } from '../../../core/limits.js'
import { failure, RpcError } from '../../../core/rpc-error.js'
import type { MethodSchema } from '../../../schema/service.js'
import { checkRoutes } from '../../check-routes.js'
import { draining, expiredOnArrival, tooManyCalls, unknownMethod, unreadableRequest } from '../../failures.js'
import { MadeMethods } from '../../made-methods.js'
import type { HttpShare, Router, ServerSettings } from '../../protocol.js'
import { acceptedEncodings, decompressor } from '../compression.js'
import { readGetRequest } from '../get-request.js'
import { writeTrailers } from '../grpc-web.js'
import { parseTimeout } from '../timeout.js'
import { checkVersion } from '../version.js'
import { connectionOf } from './connection.js'
import { answersPreflight } from './cross-origin.js'
import { NodeUnaryExchange } from './node-unary.js'
import { refuse as answer, observeRefusal, type RefusalOptions } from './refusal.js'
import { mustTakeBody, restRefusal } from './rest/body-rules.js'
import { RestCall } from './rest/call.js'
import type { RestRoute } from './rest/route.js'
import type { RouteMatch } from './rest/route-table.js'
import { allowedBy, restRoutes, routeFor, wrongVerb } from './rest/routes.js'
import { type Exchange, exchangeOf, type Serving } from './served-call.js'
import { type ServedCodec, ServedMethod } from './served-method.js'
import { StreamExchange } from './stream.js'
import type { StreamForm } from './stream-form.js'
import { originForm } from './target.js'

/**
 * Serves one request of Node's HTTP server, or of anything with the same pair of objects.
 * It returns false if it is not an RPC: then nothing was read from it or written to it.
 */
export interface HttpHandler extends HttpShare {
  readonly methods: MadeMethods<ServedMethod>
  /** As that of a server's binding. */
  warmUp(codecs: readonly Codec[]): Iterable<void>
}

/**
 * Creates a handler of the Connect protocol for polywire's server, a Koa app or any other server. It does not call `settings.fallback`: the
 * caller handles a request for which it returns false.
 * @throws RpcError `failed_precondition` if none of the codecs can carry a method
 */
export function createHttpHandler(router: Router, settings: ServerSettings): HttpHandler {
  const serving: Serving = { router, settings }
  checkRoutes(router, settings, { needsCodec: true })
  const methods = new MadeMethods(router, route => new ServedMethod(route, settings))
  const routes = restRoutes(router, settings, methods)
  const handle = (request: IncomingMessage, response: ServerResponse): boolean => {
    const url = request.url ?? ''
    let method = methods.get(url)
    let query = ''
    if (method === undefined) {
      const target = originForm(url)
      const at = target.indexOf('?')
      const path = at < 0 ? target : target.slice(0, at)
      query = at < 0 ? '' : target.slice(at + 1)
      method = methods.get(path)
      if (method === undefined) {
        const exchange = exchangeOf(serving, request, response)
        // Orchestrators must reach `/healthz`, whatever routes such as `GET /{path=**}` take.
        const isPage = routes !== undefined && settings.ownsPage?.(request.method ?? '', path) === true
        const match = isPage ? undefined : routes?.find(path, request.method)
        return match === undefined ? serveUnknown(exchange, path) : serveRoute(exchange, match, query)
      }
    }
    const exchange = exchangeOf(serving, request, response)
    if (settings.cors !== undefined && answersPreflight(exchange, settings.cors, method.allowed)) return true
    if (request.method === 'POST') servePost(exchange, method)
    else if (request.method === 'GET' && method.takesGet) serveGet(exchange, method, query)
    else {
      const message = `${method.schema.path} is not called by ${request.method}; send ${method.allowed}`
      const error = failure('wrong_http_method', Code.unknown, message)
      refuse(exchange, error, { status: 405, isBare: true, headers: ['allow', method.allowed] })
    }
    return true
  }
  return Object.assign(handle, {
    methods,
    *warmUp(codecs: readonly Codec[]) {
      for (const method of methods.all()) yield method.warmUp(codecs)
      for (const route of routes?.entries ?? []) yield route.warmUp(codecs)
    },
  })
}

/** Serves a request by a route of REST. */
function serveRoute(plain: Exchange, match: RouteMatch<RestRoute>, query: string): boolean {
  const exchange: Exchange = { ...plain, isRest: true }
  const { head, request, settings } = exchange
  const allowed = allowedBy(match)
  if (settings.cors !== undefined && answersPreflight(exchange, settings.cors, allowed)) return true
  const route = routeFor(match, request)
  if (route === undefined) refuse(exchange, wrongVerb(request, allowed), { status: 405, headers: ['allow', allowed] })
  else if (!isRefused(exchange, route.method)) {
    try {
      mustTakeBody(exchange, route)
      checkUnread(exchange, route.method.path)
      const { messageBytes } = settings.limits
      if (!route.isUpload && Number(head.contentLength) > messageBytes)
        throw unreadableRequest(messageTooLarge(messageBytes), route.method.path)
      const decompress = decompressor(head.contentEncoding, { limit: messageBytes, fault })
      const { served } = new RestCall(exchange, route, { segments: match.segments, query })
      const call = new NodeUnaryExchange(exchange, served, timeoutOf(exchange, served))
      if (route.isUpload || route.rule.verb === 'GET') call.begin(none, undefined)
      else call.read(decompress)
    } catch (error) {
      refuse(exchange, RpcError.from(error), { ...refusalOptions(error, route.served), ...restRefusal(error, route) })
    }
  }
  return true
}

/** Refuses an unknown method of a known service. Any other path may belong to something else on the server. */
function serveUnknown(exchange: Exchange, path: string): boolean {
  const service = path.slice(1, path.lastIndexOf('/'))
  if (!exchange.router.services.some(({ name }) => name === service)) return false
  const { cors } = exchange.settings
  if (cors !== undefined && answersPreflight(exchange, cors, 'GET, POST')) return true
  refuse(exchange, unknownMethod(path), { status: 404 })
  return true
}

function servePost(exchange: Exchange, method: ServedMethod): void {
  const { head } = exchange
  const served = method.forContentType(head.contentType ?? '')
  if (isRefused(exchange, method.schema, served)) return
  try {
    checkUnread(exchange, method.schema.path)
    if (served === undefined) throw unsupported(method, head.contentType ?? 'none')
    if (served.form === undefined) servePlain(exchange, served)
    else serveStream(exchange, served, served.form)
  } catch (error) {
    refuse(exchange, RpcError.from(error), refusalOptions(error, method))
  }
}

/** @throws RpcError `internal` if a middleware of the app has read the body; the log says so, too */
function checkUnread({ request, settings }: Exchange, path: string): void {
  if (!request.readableEnded) return
  const message = `${path}: the body was read before the request came here; add body parsers after polywire's middleware`
  const error = new RpcError(message, Code.internal)
  settings.report(error)
  throw error
}

function refuse(exchange: Exchange, error: RpcError, options?: RefusalOptions): void {
  observeRefusal(exchange, error)
  answer(exchange, error, options)
}

const none = new Uint8Array(0)

/** The code of a request that is not in its encoding. */
const fault = Code.invalid_argument

function servePlain(exchange: Exchange, served: ServedCodec): void {
  const { head, settings } = exchange
  const { messageBytes } = settings.limits
  checkVersion(head.version, '1')
  if (Number(head.contentLength) > messageBytes)
    throw unreadableRequest(messageTooLarge(messageBytes), served.method.schema.path)
  const timeout = timeoutOf(exchange, served)
  new NodeUnaryExchange(exchange, served, timeout).read(
    decompressor(head.contentEncoding, { limit: messageBytes, fault }),
  )
}

/** Serves a stream. A failure from here on ends the stream with an error, with HTTP status 200. */
function serveStream(exchange: Exchange, served: ServedCodec, form: StreamForm): void {
  const { head, settings } = exchange
  const stream = new StreamExchange(exchange, served, form)
  try {
    const timeout = allowed(form.timeoutOf(head), exchange, served)
    stream.run(timeout, decompressor(form.encodingOf(head), { limit: settings.limits.messageBytes, fault }))
  } catch (error) {
    stream.refuse(RpcError.from(error))
  }
}

function serveGet(exchange: Exchange, method: ServedMethod, query: string): void {
  if (isRefused(exchange, method.schema)) return
  const { limits } = exchange.settings
  try {
    const { encoding, message, compression } = readGetRequest(query)
    const served = method.forEncoding(encoding)
    if (served === undefined) throw unsupported(method, encoding)
    if (message.byteLength > limits.messageBytes)
      throw unreadableRequest(messageTooLarge(limits.messageBytes), method.schema.path)
    const timeout = timeoutOf(exchange, served)
    new NodeUnaryExchange(exchange, served, timeout).begin(
      message,
      decompressor(compression, { limit: limits.messageBytes, fault }),
    )
  } catch (error) {
    refuse(exchange, RpcError.from(error), refusalOptions(error, method))
  }
}

/** The milliseconds that the call may take. @throws RpcError if the timeout is invalid or 0 */
function timeoutOf(exchange: Exchange, served: ServedCodec): number {
  const { timeout } = exchange.head
  return allowed(timeout === undefined ? undefined : parseTimeout(timeout), exchange, served)
}

/** @param timeout what the client asks for. @throws RpcError if it is 0 */
function allowed(timeout: number | undefined, { settings }: Exchange, { method }: ServedCodec): number {
  const { maxDeadline } = settings.limits
  if (timeout === undefined) return maxDeadline
  if (timeout === 0) throw expiredOnArrival(method.schema.path)
  return Math.min(timeout, maxDeadline)
}

/** Refuses a call that reaches no handler, in a way that lets the client send it to another server. */
function isRefused(exchange: Exchange, { path }: MethodSchema, served?: ServedCodec): boolean {
  const { router, settings, request } = exchange
  const { callsPerConnection } = settings.limits
  let error: RpcError
  if (router.draining) error = draining(path)
  else if (connectionOf(request).load >= callsPerConnection) error = tooManyCalls(path, callsPerConnection)
  else return false
  // Clients of gRPC-Web read no JSON.
  if (served?.form?.writeEnd === writeTrailers) new StreamExchange(exchange, served, served.form).refuse(error)
  else refuse(exchange, error, { close: router.draining })
  return true
}

function unsupported(method: ServedMethod, contentType: string): RpcError {
  const shown = JSON.stringify(contentType.slice(0, 100))
  const message = `content type ${shown} is not served at ${method.schema.path}; send one of ${method.accepted}`
  return failure('unsupported_content_type', Code.unknown, message)
}

/** Headers that tell the client what the server accepts. */
function refusalOptions(error: unknown, method: ServedMethod): RefusalOptions {
  switch (error instanceof RpcError ? error.reason : undefined) {
    case 'unsupported_content_type':
      return { status: 415, isBare: true, headers: ['accept-post', method.accepted] }
    case 'unknown_encoding':
      return { headers: ['accept-encoding', acceptedEncodings] }
    default:
      return {}
  }
}
