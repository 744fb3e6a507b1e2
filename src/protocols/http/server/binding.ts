import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Codec } from '../../../codecs/codec.js'
import { Code } from '../../../core/code.js'
import type { Http2Inspection } from '../../../core/inspection.js'
import { failure, type RpcError } from '../../../core/rpc-error.js'
import { draining, headersTooLarge, unknownMethod } from '../../failures.js'
import { awaitFirstRequest, firstRequestCame } from '../../first-request.js'
import { limitRest } from '../../http1/server/discard.js'
import { detectHttp2 } from '../../http2/preface.js'
import type { BindingState, LiveConnection, Router, ServerBinding, ServerSettings } from '../../protocol.js'
import { callsOn } from './connection.js'
import { Goodbyes, type HttpSocket, idleForLong } from './goodbye.js'
import { createHttpHandler, type HttpHandler } from './handler.js'
import { HttpOverHttp2 } from './http2-binding.js'
import { makeOffer, prepareOffer } from './http2-offers.js'
import { Pipelines } from './pipelines.js'
import { rawReply } from './raw-reply.js'
import { refuse } from './refusal.js'
import { exchangeOf } from './served-call.js'
import { hasSeveralHosts, originForm } from './target.js'
import { isWebSocket, WebSockets, withoutUpgrade } from './websockets.js'

/** Serves HTTP on connections that a listener accepts, with Node's HTTP server, which itself never listens. */
export class HttpServerBinding implements ServerBinding {
  private readonly server: Server
  private readonly goodbyes: Goodbyes
  private readonly handle: HttpHandler
  private readonly webSockets: WebSockets
  private readonly http2: HttpOverHttp2
  private readonly sockets = new Set<Duplex>()
  private drained: (() => void)[] = []

  constructor(router: Router, settings: ServerSettings) {
    const { limits, clock } = settings
    this.goodbyes = new Goodbyes(clock)
    this.server = createServer({
      maxHeaderSize: limits.headerBytes,
      keepAliveTimeout: limits.idleTimeout,
      headersTimeout: limits.bodyTimeout,
      // The exchanges limit the time of bodies: a stream may take as long as its deadline allows.
      requestTimeout: 0,
      connectionsCheckingInterval: Math.min(30_000, Math.max(10, limits.bodyTimeout / 2)),
      ...{ shouldUpgradeCallback: isWebSocket },
    })
    // Deno closes each connection of a server that does not listen after its first response.
    Object.defineProperty(this.server, 'listening', { value: true })
    // With this event Node begins to watch for slow heads and idle connections.
    this.server.emit('listening')
    this.http2 = HttpOverHttp2.of(router, settings)
    const handle = createHttpHandler(router, settings)
    this.handle = handle
    this.webSockets = new WebSockets(router, settings, handle)
    // An app whose middleware runs for RPCs too must see their WebSockets; it does not, so there are none.
    if (settings.fallbackFirst !== true) this.server.on('upgrade', this.upgrade)
    const pipelines = new Pipelines(limits.unsentBytes, requestListener(router, settings, handle))
    this.server.on('request', (request, response) => {
      if (this.goodbyes.includes(request.socket)) return
      firstRequestCame(request.socket)
      makeOffer(request.socket, response)
      pipelines.enter(request, response)
    })
    // Without a listener Node answers itself, and reads the body without a limit.
    this.server.on('checkExpectation', (request, response) => {
      firstRequestCame(request.socket)
      refuse(exchangeOf({ router, settings }, request, response), unknownExpectation(), { status: 417, close: true })
    })
    this.server.on('clientError', (cause: NodeJS.ErrnoException, socket: HttpSocket) =>
      answerMalformed(cause, socket, limits.headerBytes),
    )
    // Without a listener Node closes an idle connection, and loses a call that is on its way.
    const idle = idleForLong(limits.idleTimeout)
    this.server.on('timeout', socket => this.goodbyes.say(socket, idle))
  }

  /** Serves WebSockets. A request for any other protocol, such as HTTP/2, goes on in HTTP/1.1. */
  private readonly upgrade = (request: IncomingMessage, socket: HttpSocket, head: Buffer): void => {
    // The replies to earlier requests would mix with its messages.
    if (socket._httpMessage) socket.destroy()
    else if (isWebSocket(request)) this.webSockets.accept(request, socket, head)
    else this.attach(socket, Buffer.concat([withoutUpgrade(request), head]))
  }

  accept(socket: Duplex, head: Uint8Array, speaksHttp2 = false): void {
    if (detectHttp2(head)) {
      this.http2.accept(socket, head)
      return
    }
    this.sockets.add(socket)
    if (speaksHttp2) prepareOffer(socket)
    socket.once('close', () => {
      this.sockets.delete(socket)
      if (this.sockets.size === 0) for (const resolve of this.drained.splice(0)) resolve()
    })
    awaitFirstRequest(socket)
    this.attach(socket, head)
  }

  warmUp(codecs: readonly Codec[]): Iterable<void> {
    return this.handle.warmUp(codecs)
  }

  private attach(socket: Duplex, head: Uint8Array): void {
    if (head.byteLength > 0) socket.unshift(head)
    this.server.emit('connection', socket)
    // The listener paused the socket when it read the head.
    if (head.byteLength > 0) process.nextTick(() => socket.resume())
  }

  /** Says goodbye on idle connections at once, and on others after their replies. Resolves when the last connection has closed. */
  async drain(): Promise<void> {
    this.webSockets.drain()
    for (const socket of this.sockets) if (!this.webSockets.includes(socket)) this.goodbyes.say(socket, draining())
    const drained = this.http2.drain()
    if (this.sockets.size > 0) await new Promise<void>(resolve => this.drained.push(resolve))
    await drained
    await this.stop()
  }

  inspect(): BindingState {
    const over2 = this.http2.inspect()
    let { calls } = over2
    for (const socket of this.sockets) calls += callsOn(socket)
    return { connections: this.sockets.size + over2.connections, calls }
  }

  callsOn(socket: Duplex): number {
    return callsOn(socket) + this.http2.callsOn(socket)
  }

  http2On(socket: Duplex): Http2Inspection | undefined {
    return this.http2.http2On(socket)
  }

  liveConnections(): readonly LiveConnection[] {
    return this.http2.liveConnections()
  }

  destroy(): void {
    for (const socket of this.sockets) socket.destroy()
    this.http2.destroy()
    void this.stop()
  }

  /** Ends Node's timer. Ignores Node's error that the server does not listen. */
  private stop(): Promise<void> {
    return new Promise(resolve => this.server.close(() => resolve()))
  }
}

function requestListener(
  router: Router,
  settings: ServerSettings,
  handle: HttpHandler,
): (req: IncomingMessage, res: ServerResponse) => void {
  const { fallback, fallbackFirst } = settings
  return (request, response) => {
    request.url = originForm(request.url ?? '')
    if (hasSeveralHosts(request.rawHeaders)) {
      refuse(exchangeOf({ router, settings }, request, response), severalHosts(), { status: 400, close: true })
      return
    }
    if (fallbackFirst !== true && handle(request, response)) return
    if (fallback === undefined) {
      refuse(exchangeOf({ router, settings }, request, response), unknownMethod(request.url), { status: 404 })
      return
    }
    response.once('close', () => limitRest(request, settings))
    fallback(request, response)
  }
}

function severalHosts(): RpcError {
  return malformed('the request has several Host fields; send one')
}

function unknownExpectation(): RpcError {
  return malformed('this server does not know what the Expect field asks for; send 100-continue, or leave it out')
}

function malformed(message: string): RpcError {
  return failure('malformed_request', Code.invalid_argument, message)
}

/** Answers bytes that are not HTTP, too many or too slow, and ends the connection: nothing after them can be trusted. */
function answerMalformed(cause: NodeJS.ErrnoException, socket: HttpSocket, headerBytes: number): void {
  const response = socket._httpMessage
  if (response?.req.complete) {
    // Requests before the bad bytes are served first. Node reports each further chunk too.
    if (waiting.has(response)) return
    waiting.add(response)
    response.once('finish', () => answerMalformed(cause, socket, headerBytes))
    return
  }
  // A second response must not be written into one that has begun.
  if (!socket.writable || cause.code === 'ECONNRESET' || response?.headersSent) {
    socket.destroy()
    return
  }
  const [status, error] = malformedRequest(cause.code, headerBytes)
  socket.end(rawReply(status, error), () => socket.destroy())
}

/** Responses after which bad bytes are answered. */
const waiting = new WeakSet<ServerResponse>()

function malformedRequest(code: string | undefined, headerBytes: number): [number, RpcError] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return [431, headersTooLarge(undefined, headerBytes)]
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [
        408,
        failure('request_timeout', Code.deadline_exceeded, 'the request did not arrive in time (limits.bodyTimeout)'),
      ]
    default:
      return [400, malformed('the request is not valid HTTP/1.1')]
  }
}
