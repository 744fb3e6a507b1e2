import { setMaxListeners } from 'node:events'
import { Pool } from 'undici'
import { Fault } from '../../../codecs/values/fault.js'
import type { ActiveCall } from '../../../core/active-call.js'
import type { Call } from '../../../core/call.js'
import { RpcError } from '../../../core/rpc-error.js'
import {
  codeOfPlainStatus,
  connectionLost,
  malformedReply,
  replyHeadersTooLarge,
  unexpectedReply,
  unreadableReply,
} from '../../failures.js'
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

  readonly handle = async (call: ActiveCall): Promise<unknown> => {
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
  private async attempt(call: ActiveCall, isRetry: boolean): Promise<{ readonly value: unknown } | undefined> {
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
      throw unexpectedReply(call.method.path, {
        address: this.settings.address,
        status,
        contentType: type,
        delivery: headers[refusedHeader] === undefined ? 'unknown' : 'refused',
        codeOf: codeOfPlainStatus,
      })
    }
    const from = await collectMessage(response.body, limits.messageBytes)
    if (from === undefined) throw malformedReply(call.method.path, 'its body is not a framed message')
    const server = handshake.read(from, attempt)
    if (server === undefined) return undefined
    return { value: readReply(from, call, { reads: server.readsOf(call.method), headerBytes: limits.headerBytes }) }
  }

  private known(error: unknown, call: Call): RpcError {
    if (error instanceof RpcError) {
      if (error.reason === 'connect_failed') this.unreached(error)
      return error.reason === 'message_too_large' ? unreadableReply(error, call.method.path) : error
    }
    if (error instanceof Fault) return malformedReply(call.method.path, error.problem)
    const failure = error instanceof Error ? error : new Error(String(error))
    if ((failure as NodeJS.ErrnoException).code === 'UND_ERR_HEADERS_OVERFLOW') {
      return replyHeadersTooLarge(call.method.path, this.settings.limits.headerBytes, { cause: failure })
    }
    return connectionLost(call.method.path, failure.message, { address: this.settings.address, cause: failure })
  }

  private unreached(error: RpcError): void {
    if (!this.open) return
    this.open = false
    this.closing.abort()
    void this.pool.destroy()
    this.onClose?.(error)
  }
}
