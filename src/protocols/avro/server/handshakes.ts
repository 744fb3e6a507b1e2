import { simpleName } from '../../../codecs/avro/schema.js'
import { Fault } from '../../../codecs/values/fault.js'
import type { HandshakeRequest, HandshakeResponse } from '../handshake.js'
import { type AvroProtocol, parseProtocol } from '../protocol-schema.js'
import { ClientProtocol } from './served-method.js'
import type { ServedService } from './served-service.js'

export interface HandshakeAnswer {
  readonly response: HandshakeResponse
  /** The client's protocol; undefined with the match `NONE`. */
  readonly client: ClientProtocol | undefined
  /** Whether the client sent a protocol that fits no service. It would only send it again. */
  readonly isHopeless: boolean
}

/** What shows which service a client means before its protocol is known. */
export interface HandshakeHints {
  /** The name in the call after the handshake. */
  readonly message?: string | undefined
  /** The path of an HTTP request: `/hello.Hello`. */
  readonly path?: string | undefined
}

/** The most characters of clients' protocols that are kept. */
const maxKept = 16 * 1024 * 1024

/**
 * The server's side of handshakes, for all connections of one server. It finds a client's protocol by its hash; a client must send an
 * unknown protocol once. It keeps a protocol under the hash that it computes, never under the hash that the client claims, so that no
 * client can plant a protocol for another.
 */
export class ServerHandshakes {
  private readonly known = new Map<string, ClientProtocol>()
  private kept = 0

  constructor(private readonly services: readonly ServedService[]) {
    for (const service of services) this.known.set(service.protocol.hash, new ClientProtocol(service, service.protocol))
  }

  /** Compiles the methods for clients that have this server's protocols. */
  *warmUp(): Iterable<void> {
    for (const { protocol, methods } of this.services) {
      const client = this.known.get(protocol.hash)
      for (const name of methods.keys()) yield client?.method(name)?.warmUp()
    }
  }

  answer(request: HandshakeRequest, hints: HandshakeHints): HandshakeAnswer {
    const client = this.known.get(request.clientHash) ?? this.introduced(request, hints)
    const service = client?.service ?? this.guess(request, hints)
    const isKnown = service !== undefined && service.protocol.hash === request.serverHash
    const match = client === undefined ? 'NONE' : isKnown ? 'BOTH' : 'CLIENT'
    const protocol = match === 'BOTH' ? undefined : service?.protocol
    return {
      response: { match, serverProtocol: protocol?.text, serverHash: protocol?.hash },
      client,
      isHopeless: client === undefined && request.clientProtocol !== undefined,
    }
  }

  private introduced({ clientProtocol }: HandshakeRequest, hints: HandshakeHints): ClientProtocol | undefined {
    if (clientProtocol === undefined) return undefined
    const protocol = readable(clientProtocol)
    if (protocol === undefined) return undefined
    const service = this.serviceOf(protocol, hints)
    if (service === undefined) return undefined
    const client = new ClientProtocol(service, protocol)
    this.keep(protocol, client)
    return client
  }

  /** Drops the oldest protocols over the limit, except those of the services. */
  private keep({ hash, text }: AvroProtocol, client: ClientProtocol): void {
    if (this.known.has(hash)) return
    this.known.set(hash, client)
    this.kept += text.length
    const ours = new Set(this.services.map(service => service.protocol.hash))
    for (const [oldest, other] of this.known) {
      if (this.kept <= maxKept) return
      if (ours.has(oldest)) continue
      this.known.delete(oldest)
      this.kept -= other.textLength
    }
  }

  /** Finds the service by full name, by name without namespace, by path, as the only service, or as the only one with all messages. */
  private serviceOf(protocol: AvroProtocol, { path }: HandshakeHints): ServedService | undefined {
    const { services } = this
    const messages = [...protocol.messages.keys()]
    return (
      services.find(one => one.protocol.name === protocol.name) ??
      only(services.filter(one => simpleName(one.protocol.name) === simpleName(protocol.name))) ??
      services.find(one => path === `/${one.protocol.name}`) ??
      only(services) ??
      only(services.filter(one => messages.every(message => one.methods.has(message))))
    )
  }

  /**
   * The service whose protocol is sent while the client's is unknown. Clients accept another one later, except Python's. With several
   * services, a ping without a hint gets none: avsc then sends its own protocol, but it would keep the first protocol that it receives.
   */
  private guess(request: HandshakeRequest, { message, path }: HandshakeHints): ServedService | undefined {
    const { services } = this
    return (
      services.find(one => one.protocol.hash === request.serverHash) ??
      services.find(one => path === `/${one.protocol.name}`) ??
      services.find(one => message !== undefined && one.methods.has(message)) ??
      (message === '' ? only(services) : services[0])
    )
  }
}

function only<T>(list: readonly T[]): T | undefined {
  return list.length === 1 ? list[0] : undefined
}

function readable(text: string): AvroProtocol | undefined {
  try {
    return parseProtocol(text)
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}
