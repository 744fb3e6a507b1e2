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
import { LateBinding } from '../late-binding.js'
import { LateDialer } from '../late-dialer.js'
import type { Protocol } from '../protocol.js'
import { detectFraming } from './framing.js'
import { defaultPort, optionNames, readOptions } from './options.js'
import { protocolOf } from './protocol-schema.js'
import { checkNames, refusal } from './unsupported.js'

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
  serve(router, settings) {
    for (const service of router.services) checkNames(service)
    const load = async () => (await import('./server/server.js')).server.serve(router, settings)
    return new LateBinding(load, settings)
  },
  overHttp: async (router, settings) => (await import('./server/server.js')).server.overHttp(router, settings),
  bind(services, settings) {
    const options = readOptions(settings)
    // Names that clash are found now.
    const declared = new Map(services.map(service => [service, protocolOf(service, service.methods)]))
    return new LateDialer(async () => new (await import('./client/dialer.js')).AvroDialer(declared, settings, options))
  },
}
