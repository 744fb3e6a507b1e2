import { thriftBinary, thriftCompact, thriftJson } from '../../codecs/thrift/codec.js'
import { LateBinding } from '../late-binding.js'
import { LateDialer } from '../late-dialer.js'
import type { Protocol } from '../protocol.js'
import { beginsZlib, transportOf } from './detect.js'
import { carriesHeaders, defaultPort, optionNames, readOptions } from './options.js'
import { refusalOf } from './unsupported.js'

/**
 * Thrift RPC: binary, compact and JSON protocol; framed, unframed, THeader, zlib and HTTP; multiplexed names. Sources: Apache
 * Thrift, "thrift-rpc.md", "thrift-binary-protocol.md", "thrift-compact-protocol.md", "HeaderFormat.md".
 */
export const thrift: Protocol = {
  name: 'thrift',
  secureName: 'thrifts',
  defaultPort,
  defaultCodec: 'binary',
  codecs: { binary: thriftBinary, compact: thriftCompact, json: thriftJson },
  options: optionNames,
  refuses: refusalOf,
  detect(head) {
    const isZlib = beginsZlib(head)
    if (isZlib !== false) return isZlib
    const transport = transportOf(head)
    return transport === undefined ? undefined : transport !== 'none'
  },
  needsHead: true,
  serve(router, settings) {
    const load = async () => (await import('./server/server.js')).server.serve(router, settings)
    return new LateBinding(load, settings)
  },
  overHttp: async (router, settings) => (await import('./server/server.js')).server.overHttp(router, settings),
  bind(services, settings) {
    const options = readOptions(settings)
    return new LateDialer(
      async () => new (await import('./client/dialer.js')).ThriftDialer(services, settings, options),
      {
        carriesHeaders: carriesHeaders(options),
      },
    )
  },
}
