import type { AvroWriter } from '../../../codecs/avro/writer.js'
import { asInvalidMessage, Fault } from '../../../codecs/values/fault.js'
import type { ActiveCall } from '../../../core/active-call.js'
import type { Limits } from '../../../core/limits.js'
import { unreadableReply } from '../../failures.js'
import type { HttpConnections } from '../../http1/client/link.js'
import { post } from '../../http1/client/post.js'
import { contentType, messageBody, messageIn, mostBytes } from '../http-message.js'
import type { BoundMethod } from './bound-method.js'
import type { ClientHandshake, HandshakeAttempt } from './handshake.js'
import { readReply } from './reply.js'

export interface HttpAvroSettings {
  readonly path: string
  readonly limits: Limits
  /** By service name. */
  readonly handshakes: ReadonlyMap<string, ClientHandshake>
}

/**
 * Avro over HTTP: each call is a POST that begins with a handshake, since the next one may reach another server. Once a server has told its
 * protocol its hash goes in front, so that a handshake costs 34 bytes and no further request.
 */
export class HttpAvro {
  constructor(private readonly settings: HttpAvroSettings) {}

  readonly begin = async (connections: HttpConnections, call: ActiveCall): Promise<unknown> => {
    const reply = (await this.attempt(connections, call, false)) ?? (await this.attempt(connections, call, true))
    return reply?.value
  }

  /** @returns undefined: the server must be sent our protocol */
  private async attempt(
    connections: HttpConnections,
    call: ActiveCall,
    isRetry: boolean,
  ): Promise<{ readonly value: unknown } | undefined> {
    const { handshakes, path, limits } = this.settings
    const handshake = handshakes.get(call.method.serviceName) as ClientHandshake
    const attempt = { claim: handshake.claim, isRetry }
    const reply = await post(connections, call, {
      path,
      headers: ['content-type', contentType],
      body: messageBody(new Request(handshake, attempt), call),
      accepts: contentType,
      most: mostBytes(limits.messageBytes),
    })
    try {
      const from = messageIn(reply.body, limits.messageBytes)
      const server = handshake.read(from, attempt)
      if (server === undefined) return undefined
      return { value: readReply(from, call, { reads: server.readsOf(call.method), headerBytes: limits.headerBytes }) }
    } catch (error) {
      throw error instanceof Fault ? unreadableReply(asInvalidMessage(error, 'the reply'), call.method.path) : error
    }
  }
}

/** A handshake and a call. */
class Request {
  constructor(
    private readonly handshake: ClientHandshake,
    private readonly attempt: HandshakeAttempt,
  ) {}

  write(out: AvroWriter, call: ActiveCall): void {
    const { handshake, attempt } = this
    handshake.write(out, attempt)
    ;(handshake.service.methods.get(call.method) as BoundMethod).write(out, call)
  }
}
