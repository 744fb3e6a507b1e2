import type { ThriftFormat } from '../wire.js'
import { BinaryReader } from './reader.js'
import { BinaryWriter } from './writer.js'

/** Thrift's binary protocol. Source: Apache Thrift, "thrift-binary-protocol.md". */
export const binaryFormat: ThriftFormat = {
  name: 'binary',
  writer: headroom => new BinaryWriter(true, headroom),
  reader: (bytes, start, end) => new BinaryReader(bytes, start, end),
  headReader: bytes => new BinaryReader(bytes, 0, bytes.length),
  prepareName: prefixedName,
}

/** The binary protocol with the message headers from before 2008, without a version. It reads both kinds. */
export const oldBinaryFormat: ThriftFormat = { ...binaryFormat, writer: headroom => new BinaryWriter(false, headroom) }

function prefixedName(name: string): Uint8Array {
  const length = Buffer.byteLength(name)
  const bytes = Buffer.alloc(4 + length)
  bytes.writeInt32BE(length)
  bytes.write(name, 4)
  return bytes
}
