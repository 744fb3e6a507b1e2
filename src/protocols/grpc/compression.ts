import { accepts, type Encoding, encodings as known, standardThreshold } from '../../codecs/compression.js'
import type { ActiveCall } from '../../core/active-call.js'
import type { OutgoingCompression } from '../../core/call.js'
import { Code } from '../../core/code.js'
import { failure } from '../../core/rpc-error.js'

export const encodings: readonly string[] = [...known.keys()]

/** What `grpc-accept-encoding` says. */
export const acceptedEncodings = ['identity', ...encodings].join(',')

export function isKnown(name: string | undefined): boolean {
  return name === undefined || name === '' || name === 'identity' || known.has(name)
}

/**
 * @param name as in `grpc-encoding`
 * @returns undefined for `identity` and for none
 * @throws RpcError `unimplemented` (`unknown_encoding`) with the list accepted
 */
export function encodingOf(name: string | undefined): Encoding | undefined {
  if (name === undefined || name === '' || name === 'identity') return undefined
  const encoding = known.get(name)
  if (encoding !== undefined) return encoding
  throw failure(
    'unknown_encoding',
    Code.unimplemented,
    `grpc-encoding ${JSON.stringify(name.slice(0, 32))} is not known; send one of ${acceptedEncodings}`,
  )
}

/** How the replies of a call are compressed: as its method or its server says, else as its request was; and only as the client takes it. */
export function replyCompression(
  { compression }: ActiveCall,
  request: Encoding | undefined,
  accepted: string | undefined,
): OutgoingCompression | undefined {
  const outgoing = compression ?? (request && { encoding: request, above: standardThreshold })
  return outgoing !== undefined && accepts(accepted, outgoing.encoding.name) ? outgoing : undefined
}

/** @throws RpcError `internal` for a compressed message of a stream that named no encoding */
export function decompress(bytes: Uint8Array, encoding: Encoding | undefined, limit: number): Promise<Uint8Array> {
  if (encoding !== undefined) return encoding.decompress(bytes, limit, Code.internal)
  throw failure(
    'malformed_encoding',
    Code.internal,
    'a message is compressed, but grpc-encoding does not name an encoding',
  )
}
