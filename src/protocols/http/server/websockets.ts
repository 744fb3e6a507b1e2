import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { Code } from '../../../core/code.js'
import { failure, type RpcError } from '../../../core/rpc-error.js'
import { headersTooLarge, unknownMethod } from '../../failures.js'
import { peerOf } from '../../peer.js'
import type { Router, ServerSettings } from '../../protocol.js'
import { subprotocol } from '../../websocket/messages.js'
import { Upgrades } from '../../websocket/server/upgrades.js'
import { errorToJson } from '../error-json.js'
import { statusOf } from '../status.js'
import { isSameOrigin, refusedOrigin } from './cross-origin.js'
import type { HttpHandler } from './handler.js'
import { rawReply } from './raw-reply.js'
import { refuse } from './refusal.js'
import { exchangeOf } from './served-call.js'
import { hasSeveralHosts, originForm } from './target.js'

/**
 * Serves calls over WebSocket, for the streams that a browser cannot make over HTTP/1.1. Each WebSocket carries one exchange, which the
 * handler of HTTP serves like any other.
 */
export class WebSockets {
  private readonly upgrades: Upgrades

  constructor(
    router: Router,
    private readonly settings: ServerSettings,
    handle: HttpHandler,
  ) {
    this.upgrades = new Upgrades({
      settings,
      isDraining: () => router.draining,
      serve(request, response) {
        const pair = [request as unknown as IncomingMessage, response as unknown as ServerResponse] as const
        if (handle(...pair)) return
        refuse(exchangeOf({ router, settings }, ...pair), unknownMethod(request.url), { status: 404 })
      },
      refuseHead: (request, response) => {
        const error = headersTooLarge(pathOf(request), settings.limits.headerBytes)
        this.observe(request, error)
        response.writeHead(statusOf(error.code), ['content-type', 'application/json'])
        response.end(JSON.stringify(errorToJson(error)))
      },
    })
  }

  /** Whether HTTP has left the connection. */
  includes(socket: Duplex): boolean {
    return this.upgrades.includes(socket)
  }

  /** @param head bytes that came after the request */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    request.url = originForm(request.url ?? '')
    const refusal = this.refusalOf(request)
    if (refusal === undefined) {
      void this.upgrades.accept({ request, socket, head, fields: this.fieldsOf(request) })
      return
    }
    const [status, error] = refusal
    this.observe(request, error)
    socket.on('error', () => {})
    socket.end(rawReply(status, error), () => socket.destroy())
  }

  /** Closes WebSockets without a call; the end of a call closes the others. */
  drain(): void {
    this.upgrades.drain()
  }

  private observe(request: IncomingMessage, error: RpcError): void {
    const peer = peerOf(request.socket, 'http')
    this.settings.observer?.callRefused?.({ path: pathOf(request), peer, error })
  }

  /**
   * A browser opens WebSockets for pages of any origin, with its user's cookies, and asks no preflight. So a page of another origin is
   * refused unless the CORS rules allow it (RFC 6455, section 10.2).
   */
  private refusalOf(request: IncomingMessage): [number, RpcError] | undefined {
    const { origin, host } = request.headers
    const { cors } = this.settings
    if (origin !== undefined && !isSameOrigin(origin, host) && cors?.allows(origin) !== true) {
      cors?.refuse(origin, pathOf(request))
      return [403, refusedOrigin()]
    }
    if (hasSeveralHosts(request.rawHeaders)) return [400, malformed('the request has several Host fields; send one')]
    const offered = request.headers['sec-websocket-protocol']?.split(',').map(name => name.trim())
    if (offered?.includes(subprotocol) !== true)
      return [400, malformed(`a WebSocket to this server has the subprotocol ${subprotocol}`)]
    return undefined
  }

  /** Credentials that the browser adds by itself are dropped if the CORS rules do not allow a page of another origin to use them. */
  private fieldsOf({ headers, rawHeaders }: IncomingMessage): string[] {
    const { origin, host } = headers
    const isTrusted = origin === undefined || isSameOrigin(origin, host) || this.settings.cors?.credentials === true
    const fields: string[] = []
    for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
      const [name, value] = [rawHeaders[at] as string, rawHeaders[at + 1] as string]
      const lower = name.toLowerCase()
      if (lower === 'upgrade' || lower === 'connection' || lower.startsWith('sec-websocket-')) continue
      if (isTrusted || !credentials.has(lower)) fields.push(name, value)
    }
    return fields
  }
}

const credentials: ReadonlySet<string> = new Set(['cookie', 'authorization'])

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] as string
}

function malformed(message: string): RpcError {
  return failure('malformed_request', Code.invalid_argument, message)
}

export function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

/**
 * The head of a request as it was, without the field that asks to change to a protocol that is not served. Node 24.9 and later ask
 * `shouldUpgradeCallback` before they stop parsing; earlier ones leave every such request to the listener.
 */
export function withoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.toLowerCase() !== 'upgrade') lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`)
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}
