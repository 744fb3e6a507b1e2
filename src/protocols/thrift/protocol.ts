import { thriftBinary, thriftCompact, thriftJson } from '../../codecs/thrift/codec.js'
import type { Protocol } from '../protocol.js'
import { defaultPort, ThriftDialer } from './client/dialer.js'
import { transportOf } from './detect.js'
import { optionNames } from './options.js'
import { thriftBinding } from './server/binding.js'
import { thriftOverHttp } from './server/http-handler.js'
import { refusalOf } from './unsupported.js'
import { beginsZlib } from './zlib-stream.js'

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
  serve: thriftBinding,
  overHttp: thriftOverHttp,
  bind: (services, settings) => new ThriftDialer(services, settings),
}
