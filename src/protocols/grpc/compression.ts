import { type Encoding, encodings } from '../../codecs/compression.js'
import { Code } from '../../core/code.js'
import { failure } from '../../core/rpc-error.js'

/** The value of `grpc-accept-encoding`. */
export const acceptedEncodings = ['identity', ...encodings.keys()].join(',')

/** @throws RpcError `internal` for a compressed message of a stream that named no encoding */
export function decompress(bytes: Uint8Array, encoding: Encoding | undefined, limit: number): Promise<Uint8Array> {
  if (encoding !== undefined) return encoding.decompress(bytes, limit, Code.internal)
  throw failure(
    'malformed_encoding',
    Code.internal,
    'a message is compressed, but grpc-encoding does not name an encoding',
  )
}
