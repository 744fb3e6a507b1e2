import type { ThriftFormat } from '../wire.js'
import { CompactReader } from './reader.js'
import { CompactWriter } from './writer.js'

/** Thrift's compact protocol. Source: Apache Thrift, "thrift-compact-protocol.md". */
export const compactFormat: ThriftFormat = {
  name: 'compact',
  writer: headroom => new CompactWriter(headroom),
  reader: (bytes, start, end) => new CompactReader(bytes, start, end),
  headReader: bytes => new CompactReader(bytes, 0, bytes.length),
  prepareName(name) {
    const writer = new CompactWriter()
    writer.string(name)
    return writer.finish()
  },
}
