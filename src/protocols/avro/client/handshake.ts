import type { AvroReader } from '../../../codecs/avro/reader.js'
import type { AvroWriter } from '../../../codecs/avro/writer.js'
import { Fault } from '../../../codecs/values/fault.js'
import { readHandshakeResponse, writeHandshakeRequest } from '../handshake.js'
import { endMetadata } from '../metadata.js'
import { type AvroProtocol, parseProtocol } from '../protocol-schema.js'
import type { BoundService } from './bound-method.js'
import { ServerProtocol } from './server-protocol.js'

/**
 * The client's side of handshakes, for one service of one channel. It first assumes that the server has the protocol seen last, or the
 * client's own, and sends only the hash of its own. A server that does not know that hash then gets the whole protocol.
 */
export class ClientHandshake {
  /** The server's protocol that the next request assumes. */
  claim: Claim
  /** Whether a server has answered: `claim` is its protocol, and it knows the client's. */
  isDone = false

  constructor(readonly service: BoundService) {
    const { protocol } = service
    this.claim = { server: new ServerProtocol(service, protocol), hash: protocol.hash }
  }

  write(out: AvroWriter, { claim, isRetry }: HandshakeAttempt): void {
    const { text, hash } = this.service.protocol
    writeHandshakeRequest(out, {
      clientHash: hash,
      clientProtocol: isRetry ? text : undefined,
      serverHash: claim.hash,
    })
  }

  /**
   * Reads the handshake before a reply. The reader is then at the start of the reply.
   * @param attempt with which the request was written; concurrent requests may have changed `claim` since
   * @returns the server's protocol; undefined if the server needs the client's protocol
   * @throws Fault if it is not a handshake, or cannot succeed
   */
  read(from: AvroReader, { claim, isRetry }: HandshakeAttempt): ServerProtocol | undefined {
    const { match, serverProtocol, serverHash } = readHandshakeResponse(from)
    this.isDone ||= match !== 'NONE'
    if (match === 'BOTH') return claim.server
    const server = serverProtocol === undefined ? claim.server : this.bound(parseProtocol(serverProtocol))
    this.claim = { server, hash: serverHash ?? claim.hash }
    if (match === 'CLIENT') return server
    if (isRetry) throw new Fault("the server does not accept the client's protocol: none of its services fits")
    return undefined
  }

  private bound(protocol: AvroProtocol): ServerProtocol {
    const { server } = this.claim
    return protocol.hash === server.protocol.hash ? server : new ServerProtocol(this.service, protocol)
  }
}

/** Writes the empty call that follows a handshake without a call. */
export function writePing(out: AvroWriter): void {
  endMetadata(out)
  out.string('')
}

/** A server's protocol, and the hash that the server uses for it, which can differ from the computed one. */
export interface Claim {
  readonly server: ServerProtocol
  readonly hash: string
}

export interface HandshakeAttempt {
  readonly claim: Claim
  /** Whether the server has answered `NONE` before. */
  readonly isRetry: boolean
}
