import { binaryFormat, oldBinaryFormat } from '../../codecs/thrift/binary/format.js'
import { compactFormat } from '../../codecs/thrift/compact/format.js'
import { jsonFormat } from '../../codecs/thrift/json/format.js'
import type { ThriftFormat } from '../../codecs/thrift/wire.js'

/** How a peer speaks, and is answered. */
export interface Dialect {
  readonly format: ThriftFormat
  /** `framed-header`: THeader's frames, each in a frame of its own. */
  readonly transport: 'framed' | 'unframed' | 'header' | 'framed-header' | 'http'
  /** THeader's zlib transform. */
  readonly zlib: boolean
}

/** By the first byte of a message; undefined for what begins none. */
export function formatOf(first: number | undefined): ThriftFormat | undefined {
  switch (first) {
    case 0x80:
      return binaryFormat
    case 0x82:
      return compactFormat
    case 0:
      return oldBinaryFormat
    case 0x5b:
      return jsonFormat
    default:
      return undefined
  }
}
