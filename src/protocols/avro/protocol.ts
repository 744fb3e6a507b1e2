/**
 * Avro RPC: messages of an Avro protocol made of the class, a handshake that tells each side the other's schema, so that older and newer
 * classes talk to each other. Over sockets, in the framing of Java's Netty transceiver or in the specification's own; the server tells them
 * apart.
 *
 *     const hello = connect(Hello, 'avro://127.0.0.1:65111')
 */
import type { Protocol } from '../protocol.js'
import { refusal } from './carried.js'
import { AvroDialer, defaultPort } from './client.js'
import { detectFraming } from './framing.js'
import { AvroServer } from './server.js'

/** Bytes of a first message that a connection may begin with. */
const maxFirst = 4 * 1024 * 1024

export const avro: Protocol = {
  name: 'avro',
  secureName: 'avros',
  defaultPort,
  defaultCodec: 'avro',
  refuses: refusal,
  detect(head) {
    const framing = detectFraming(head, maxFirst)
    return framing === undefined ? undefined : framing !== false
  },
  serve: (router, settings) => new AvroServer(router, settings),
  bind: (services, settings) => new AvroDialer(services, settings),
}
