/**
 * Avro RPC: messages of an Avro protocol made of the class, a handshake that tells each side the other's schema, so that older and newer
 * classes talk to each other. Over sockets, in the framing of Java's Netty transceiver or in the specification's own, which the server tells
 * apart; and over HTTP.
 *
 *     const hello = connect(Hello, 'avro://127.0.0.1:65111')
 *     const hello = connect(Hello, 'avro://127.0.0.1:65111?transport=framed')
 *     const hello = connect(Hello, 'avro://127.0.0.1:8080?transport=http')
 */
import { avro as codec } from '../../codecs/avro/codec.js'
import type { Protocol } from '../protocol.js'
import { AvroDialer, defaultPort } from './client/dialer.js'
import { detectFraming } from './framing.js'
import { optionNames } from './options.js'
import { avroBinding } from './server/binding.js'
import { avroOverHttp } from './server/http-handler.js'
import { refusal } from './unsupported.js'

/** Bytes of the first buffer: beyond it a length looks like text. What a server takes at most is its limits' to say. */
const maxFirst = 256 * 1024 * 1024

export const avro: Protocol = {
  name: 'avro',
  secureName: 'avros',
  defaultPort,
  defaultCodec: 'avro',
  codecs: { avro: codec },
  options: optionNames,
  refuses: refusal,
  detect(head) {
    const framing = detectFraming(head, maxFirst)
    return framing === undefined ? undefined : framing !== false
  },
  overHttp: avroOverHttp,
  serve: avroBinding,
  bind: (services, settings) => new AvroDialer(services, settings),
}
