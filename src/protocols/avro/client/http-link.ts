import { setMaxListeners } from 'node:events'
import { Pool } from 'undici'
import { Fault } from '../../../codecs/values/fault.js'
import type { Call } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import { RpcError } from '../../../core/rpc-error.js'
import { openSocket } from '../../open-socket.js'
import { type ClientSettings, type Link, refusedHeader } from '../../protocol.js'
import { collectMessage, contentType, messageBody } from '../http-message.js'
import type { ClientHandshake } from './handshake.js'
import { readReply } from './reply.js'

export interface HttpLinkSettings extends Pick<ClientSettings, 'limits' | 'tls' | 'connectTimeout'> {
  readonly address: string
  readonly path: string
  /** By service name. */
  readonly handshakes: ReadonlyMap<string, ClientHandshake>
}

/**
 * Avro over HTTP: each call is a POST that begins with a handshake, since the next one may reach another server. Once a server has told its
 * protocol its hash goes in front, so that a handshake costs 34 bytes and no further request.
 */
export class HttpLink implements Link {
  open = true
  onClose: ((error: unknown) => void) | undefined
  private readonly pool: Pool
  private readonly closing = new AbortController()

  constructor(private readonly settings: HttpLinkSettings) {
    const { address, tls, connectTimeout, limits } = settings
    const socketPath = address.startsWith('unix:') ? address.slice('unix:'.length) : undefined
    const origin = `${tls === undefined ? 'http' : 'https'}://${socketPath === undefined ? address : 'localhost'}`
    // Each connection that is being opened listens.
    setMaxListeners(0, this.closing.signal)
    const target = { address, defaultPort: tls === undefined ? 80 : 443, tls, timeout: connectTimeout }
    this.pool = new Pool(origin, {
      connect: (_options, callback) => {
        openSocket(target, this.closing.signal).then(
          socket => callback(null, socket),
          (error: Error) => callback(error, null),
        )
      },
      maxHeaderSize: limits.headerBytes,
      // The call's own deadline ends what takes too long.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }

  readonly handle = async (call: Call): Promise<unknown> => {
    try {
      const reply = (await this.attempt(call, false)) ?? (await this.attempt(call, true))
      return reply?.value
    } catch (error) {
      throw call.canceled ?? this.known(error, call)
    }
  }

  async close(): Promise<void> {
    this.open = false
    await this.pool.close()
  }

  /** @returns undefined: the server must be sent our protocol */
  private async attempt(call: Call, isRetry: boolean): Promise<{ readonly value: unknown } | undefined> {
    const handshake = this.settings.handshakes.get(call.method.serviceName) as ClientHandshake
    const { limits } = this.settings
    const attempt = { claim: handshake.claim, isRetry }
    const body = messageBody(out => {
      handshake.write(out, attempt)
      handshake.service.writeCall(out, call)
    })
    const response = await this.pool.request({
      method: 'POST',
      path: this.settings.path,
      headers: { 'content-type': contentType },
      body,
      signal: call.signal,
    })
    const type = String(response.headers['content-type'] ?? '')
    if (response.statusCode !== 200 || !type.startsWith(contentType)) {
      await response.body.dump().catch(() => {})
      const { statusCode: status, headers } = response
      throw refusedBy({ status, type, isRefused: headers[refusedHeader] !== undefined }, call)
    }
    const from = await collectMessage(response.body, limits.messageBytes)
    if (from === undefined) throw malformed(call, 'its body is no framed message')
    const server = handshake.read(from, attempt)
    if (server === undefined) return undefined
    return { value: readReply(from, call, { reads: server.readsOf(call.method), headerBytes: limits.headerBytes }) }
  }

  private known(error: unknown, call: Call): RpcError {
    if (error instanceof RpcError) {
      if (error.reason === 'connect_failed') this.unreached(error)
      return error
    }
    if (error instanceof Fault) return malformed(call, error.problem)
    const failure = error instanceof Error ? error : new Error(String(error))
    if ((failure as NodeJS.ErrnoException).code === 'UND_ERR_HEADERS_OVERFLOW') {
      const message = `${call.method.path}: the reply has headers over the limit (limits.headerBytes)`
      return new RpcError(message, Code.resource_exhausted, { reason: 'reply_headers_too_large', cause: failure })
    }
    const message = `${call.method.path}: ${this.settings.address}: ${failure.message}`
    return new RpcError(message, Code.unavailable, { reason: 'connection_lost', cause: failure })
  }

  private unreached(error: RpcError): void {
    if (!this.open) return
    this.open = false
    this.closing.abort()
    void this.pool.destroy()
    this.onClose?.(error)
  }
}

function malformed(call: Call, why: string): RpcError {
  return new RpcError(`${call.method.path}: a reply that cannot be read: ${why}`, Code.internal, {
    reason: 'malformed_reply',
  })
}

/** Source of the table: SEMANTICS of codes by status, as Connect and gRPC over HTTP have it. */
const codesByStatus: ReadonlyMap<number, Code> = new Map([
  [400, Code.internal],
  [401, Code.unauthenticated],
  [403, Code.permission_denied],
  [404, Code.unimplemented],
  [413, Code.resource_exhausted],
  [429, Code.unavailable],
  [502, Code.unavailable],
  [503, Code.unavailable],
  [504, Code.unavailable],
])

interface NoReply {
  readonly status: number
  readonly type: string
  /** The server proves that no handler saw the call. */
  readonly isRefused: boolean
}

function refusedBy({ status, type, isRefused }: NoReply, call: Call): RpcError {
  const what = status === 200 ? `content type ${JSON.stringify(type.slice(0, 100))}` : `HTTP status ${status}`
  const known = isRefused ? Code.unavailable : codesByStatus.get(status)
  const code = status === 200 ? Code.unknown : (known ?? Code.unknown)
  return new RpcError(`${call.method.path}: answered with ${what} instead of ${contentType}`, code, {
    reason: 'malformed_reply',
    ...(isRefused && { delivery: 'refused' }),
  })
}
