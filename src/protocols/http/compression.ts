import { encodings } from '../../codecs/compression.js'
import type { Code } from '../../core/code.js'
import { encodingOf } from '../message-encoding.js'

export type Decompress = ((bytes: Uint8Array) => Promise<Uint8Array>) | undefined

/** The value of `accept-encoding` and `connect-accept-encoding`, on both sides. */
export const acceptedEncodings = [...encodings.keys()].join(', ')

interface DecompressorOptions {
  /** Bytes of one message. */
  readonly limit: number
  /** The code of bytes that are not in the encoding: `invalid_argument` in a request, `internal` in a reply. */
  readonly fault: Code.invalid_argument | Code.internal
}

/**
 * Undoes an encoding. It stops at the limit, within a message that exceeds it.
 * @param name the value of a content-encoding header
 * @returns undefined for `identity` and for no header
 * @throws RpcError `unimplemented` (`unknown_encoding`) with the list accepted
 */
export function decompressor(name: string | undefined, { limit, fault }: DecompressorOptions): Decompress {
  const encoding = encodingOf(name, 'encoding')
  return encoding && (bytes => encoding.decompress(bytes, limit, fault))
}
