import { type AvroProtocol, parseProtocol } from '../../protocols/avro/protocol-schema.js'

/** The most that are kept. */
const most = 100

/** The protocols that Avro's peers have sent, by their hashes. A peer sends its protocol only to one that does not know it. */
export class AvroProtocols {
  private readonly byHash = new Map<string, AvroProtocol>()

  /** @param text the protocol, if it was sent with its hash. @throws Fault if it is not a protocol */
  find(hash: string | undefined, text: string | undefined): AvroProtocol | undefined {
    if (text === undefined) return this.byHash.get(hash ?? '')
    const protocol = parseProtocol(text)
    this.byHash.set(protocol.hash, protocol)
    if (this.byHash.size > most) this.byHash.delete(this.byHash.keys().next().value as string)
    return protocol
  }
}
