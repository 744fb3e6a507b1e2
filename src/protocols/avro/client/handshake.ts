import type { AvroReader } from '../../../codecs/avro/reader.js'
import type { AvroWriter } from '../../../codecs/avro/writer.js'
import { Fault } from '../../../codecs/values/fault.js'
import { readHandshakeResponse, writeHandshakeRequest } from '../handshake.js'
import { endMetadata } from '../metadata.js'
import { type AvroProtocol, parseProtocol } from '../protocol-schema.js'
import type { BoundService } from './bound-method.js'
import { ServerProtocol } from './server-protocol.js'

/**
 * The client's side of handshakes, for one service of one channel. It first takes the server's protocol for the last one seen, or its own, and
 * says only the hash of its own; a server that does not know it is then sent the whole.
 */
export class ClientHandshake {
  /** What the server is taken for by the next request. */
  claim: Claim
  /** A server has answered: `claim` is what it speaks, and it knows our protocol. */
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
   * Reads the handshake in front of a reply; the reader then stands where the reply begins.
   * @param attempt with which the request was written: requests that run beside it may have learnt of another server
   * @returns what the server speaks; undefined: it must be sent our protocol
   * @throws Fault for what is no handshake, or one that cannot succeed
   */
  read(from: AvroReader, { claim, isRetry }: HandshakeAttempt): ServerProtocol | undefined {
    const { match, serverProtocol, serverHash } = readHandshakeResponse(from)
    this.isDone ||= match !== 'NONE'
    if (match === 'BOTH') return claim.server
    const server = serverProtocol === undefined ? claim.server : this.bound(parseProtocol(serverProtocol))
    this.claim = { server, hash: serverHash ?? claim.hash }
    if (match === 'CLIENT') return server
    if (isRetry) throw new Fault('the server does not accept our protocol: it serves no service that fits it')
    return undefined
  }

  private bound(protocol: AvroProtocol): ServerProtocol {
    const { server } = this.claim
    return protocol.hash === server.protocol.hash ? server : new ServerProtocol(this.service, protocol)
  }
}

/** A call of nothing, behind a handshake that is sent for its own sake. */
export function writePing(out: AvroWriter): void {
  endMetadata(out)
  out.string('')
}

/** A protocol of a server, and the hash that it goes by, which need not be the one that we compute. */
export interface Claim {
  readonly server: ServerProtocol
  readonly hash: string
}

export interface HandshakeAttempt {
  readonly claim: Claim
  /** The server has answered `NONE`. */
  readonly isRetry: boolean
}
