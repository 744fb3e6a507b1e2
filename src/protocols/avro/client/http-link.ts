import type { AvroReader } from '../../../codecs/avro/reader.js'
import type { AvroWriter } from '../../../codecs/avro/writer.js'
import { asInvalidMessage, Fault } from '../../../codecs/values/fault.js'
import type { ActiveCall } from '../../../core/active-call.js'
import type { Limits } from '../../../core/limits.js'
import type { MethodSchema } from '../../../schema/service.js'
import { unreadableReply } from '../../failures.js'
import type { HttpConnections } from '../../http1/client/link.js'
import { type PostOptions, post, postOneway } from '../../http1/client/post.js'
import { countedBody } from '../../pipelined/counted-body.js'
import { contentType, messageBody, messageIn, mostBytes } from '../http-message.js'
import { type ClientHandshake, type HandshakeAttempt, writePing } from './handshake.js'
import { readReply } from './reply.js'
import type { ServerProtocol } from './server-protocol.js'

export interface HttpAvroSettings {
  readonly path: string
  readonly limits: Limits
  /** By service name. */
  readonly handshakes: ReadonlyMap<string, ClientHandshake>
}

/**
 * Avro over HTTP: each call is a POST that begins with a handshake, because the next call may reach another server. Once a server's
 * protocol is known, the handshake has only its hash: 34 bytes, and no further request.
 */
export class HttpAvro {
  constructor(private readonly settings: HttpAvroSettings) {}

  readonly begin = async (connections: HttpConnections, call: ActiveCall): Promise<unknown> => {
    const handshake = this.settings.handshakes.get(call.method.serviceName) as ClientHandshake
    const { oneway } = call.method as MethodSchema
    // Only the server's protocol shows its units of time, and only a reply shows that the server needs the client's protocol.
    if (!handshake.isDone && (oneway || handshake.service.hasTime))
      await this.twice(isRetry => this.ping({ connections, call, handshake, isRetry }))
    if (oneway) {
      const body = messageBody(new Request(handshake, { claim: handshake.claim, isRetry: false }), call)
      return postOneway(connections, call, this.posted(body))
    }
    const reply = await this.twice(isRetry => this.attempt({ connections, call, handshake, isRetry }))
    return reply?.value
  }

  /** Tries a second time with the client's protocol, if the server asks for it. */
  private async twice<T>(attempt: (isRetry: boolean) => Promise<T | undefined>): Promise<T | undefined> {
    return (await attempt(false)) ?? (await attempt(true))
  }

  /** @returns undefined if the server needs the client's protocol */
  private attempt({
    connections,
    call,
    handshake,
    isRetry,
  }: Attempt): Promise<{ readonly value: unknown } | undefined> {
    const attempt = { claim: handshake.claim, isRetry }
    return this.exchange({ connections, call, body: messageBody(new Request(handshake, attempt), call) }, from => {
      const server = handshake.read(from, attempt)
      if (server === undefined) return undefined
      const { headerBytes } = this.settings.limits
      const start = from.position
      const value = readReply(from, call, { reads: server.method(call.method).reads, headerBytes })
      call.observed?.message('received', from.position - start)
      return { value }
    })
  }

  /** Sends a handshake without a call. @returns undefined like `attempt` */
  private ping({ connections, call, handshake, isRetry }: Attempt): Promise<ServerProtocol | undefined> {
    const attempt = { claim: handshake.claim, isRetry }
    const write = (out: AvroWriter) => {
      handshake.write(out, attempt)
      writePing(out)
    }
    return this.exchange({ connections, call, body: messageBody({ write }, undefined) }, from =>
      handshake.read(from, attempt),
    )
  }

  private async exchange<T>({ connections, call, body }: Exchange, read: (from: AvroReader) => T): Promise<T> {
    const reply = await post(connections, call, this.posted(body))
    try {
      return read(messageIn(reply.body, this.settings.limits.messageBytes))
    } catch (error) {
      throw error instanceof Fault ? unreadableReply(asInvalidMessage(error, 'the reply'), call.method.path) : error
    }
  }

  private posted(body: Uint8Array): PostOptions {
    const { path, limits } = this.settings
    const headers = ['content-type', contentType]
    return { path, headers, body, accepts: contentType, most: mostBytes(limits.messageBytes) }
  }
}

interface Exchange {
  readonly connections: HttpConnections
  readonly call: ActiveCall
  readonly body: Uint8Array
}

interface Attempt extends Omit<Exchange, 'body'> {
  readonly handshake: ClientHandshake
  readonly isRetry: boolean
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
    countedBody(attempt.claim.server.method(call.method).request, call).write(out, call)
  }
}
