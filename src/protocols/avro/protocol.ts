/**
 * Avro RPC. The class becomes an Avro protocol, and a handshake gives each side the other's schema, so that older and newer classes can
 * talk to each other. It runs over HTTP and over sockets, in the framing of Java's Netty transceiver or of the specification; a server
 * detects which.
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

/** The most bytes of the first buffer for detection: a larger length looks like text. The server's own limit may be lower. */
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
