import type { AvroReader } from '../../codecs/avro-reader.js'
import type { AvroWriter } from '../../codecs/avro-writer.js'
import { Fault } from '../../codecs/fault.js'
import { type BoundService, ServerProtocol } from './bound-service.js'
import { type HandshakeResponse, readHandshakeResponse, writeHandshakeRequest } from './handshake.js'
import { type AvroProtocol, parseProtocol } from './protocol-schema.js'

/**
 * The client's side of handshakes, for one service of one channel. It first takes the server's protocol for the last one seen, or its own, and
 * says only the hash of its own; a server that does not know it is then sent the whole.
 */
export class ClientHandshake {
  /** As the last handshake that succeeded left it. */
  private server: ServerProtocol

  constructor(readonly service: BoundService) {
    this.server = new ServerProtocol(service, service.protocol)
  }

  /** @param isRetry the server has answered `NONE` */
  write(out: AvroWriter, isRetry: boolean): void {
    const { protocol } = this.service
    const clientProtocol = isRetry ? protocol.text : undefined
    writeHandshakeRequest(out, {
      clientHash: protocol.hash,
      clientProtocol,
      serverHash: this.claimed ?? this.server.protocol.hash,
    })
  }

  /**
   * Reads the handshake in front of a reply; the reader then stands where the reply begins.
   * @returns what the server speaks; undefined: it must be sent our protocol
   * @throws Fault for what is no handshake, or one that cannot succeed
   */
  read(from: AvroReader, isRetry: boolean): ServerProtocol | undefined {
    const response = readHandshakeResponse(from)
    const server = this.told(response)
    if (response.match === 'NONE') {
      if (isRetry) throw new Fault('the server does not accept our protocol: it serves no service that fits it')
      return undefined
    }
    return server
  }

  /** The hash that the server gave its protocol, which need not be the one that we compute. */
  private claimed: string | undefined

  private told({ serverHash, serverProtocol, match }: HandshakeResponse): ServerProtocol {
    if (match === 'BOTH') return this.server
    if (serverHash !== undefined) this.claimed = serverHash
    if (serverProtocol !== undefined) this.server = this.bound(parseProtocol(serverProtocol))
    return this.server
  }

  private bound(protocol: AvroProtocol): ServerProtocol {
    return protocol.hash === this.server.protocol.hash ? this.server : new ServerProtocol(this.service, protocol)
  }
}
