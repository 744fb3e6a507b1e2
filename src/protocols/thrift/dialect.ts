import { binaryFormat, oldBinaryFormat } from '../../codecs/thrift/binary/format.js'
import { compactFormat } from '../../codecs/thrift/compact/format.js'
import { jsonFormat } from '../../codecs/thrift/json/format.js'
import type { ThriftFormat } from '../../codecs/thrift/wire.js'

/** The format and transport of a message and of its answer. */
export interface Dialect {
  readonly format: ThriftFormat
  /** `framed-header`: THeader frames, each within a plain frame. */
  readonly transport: 'framed' | 'unframed' | 'header' | 'framed-header' | 'http'
  /** THeader's zlib transform. */
  readonly zlib: boolean
}

/** The format of a message by its first byte; undefined if no message begins with it. */
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
