import { accepts, encodings, standardThreshold } from '../../codecs/compression.js'
import type { ActiveCall } from '../../core/active-call.js'
import type { OutgoingCompression } from '../../core/call.js'
import { Code } from '../../core/code.js'
import { failure } from '../../core/rpc-error.js'

export type Decompress = ((bytes: Uint8Array) => Promise<Uint8Array>) | undefined

/** Value of `accept-encoding` and `connect-accept-encoding`, on both sides. */
export const acceptedEncodings = [...encodings.keys()].join(', ')

export interface DecompressorOptions {
  /** Bytes of one message. */
  readonly limit: number
  /** Code of bytes that are not of the encoding: `invalid_argument` in a request, `internal` in a reply. */
  readonly fault: Code.invalid_argument | Code.internal
}

/**
 * What undoes an encoding, stopping at the limit in the midst of a message that would go over it.
 * @param name of a content-encoding header
 * @returns undefined for `identity` and for none
 * @throws RpcError `unimplemented` (`unknown_encoding`) with the list accepted
 */
export function decompressor(name: string | undefined, { limit, fault }: DecompressorOptions): Decompress {
  if (name === undefined || name === '' || name === 'identity') return undefined
  const encoding = encodings.get(name)
  if (encoding !== undefined) return bytes => encoding.decompress(bytes, limit, fault)
  throw failure(
    'unknown_encoding',
    Code.unimplemented,
    `encoding ${JSON.stringify(name.slice(0, 32))} is not known; send one of identity, ${acceptedEncodings}`,
  )
}

/** Whether a reply can be read that says so. */
export function isKnown(encoding: string | undefined): boolean {
  return encoding === undefined || encoding === 'identity' || encodings.has(encoding)
}

export interface Negotiation {
  /** Encoding of the request. */
  readonly sent: string | undefined
  /** Encodings that the client takes. */
  readonly accepted: string | undefined
}

/** How replies are compressed: as the method or the server says, else as the request was; and only as the client takes it. */
export function replyCompression(call: ActiveCall, { sent, accepted }: Negotiation): OutgoingCompression | undefined {
  if (accepted === undefined) return undefined
  const request = sent === undefined ? undefined : encodings.get(sent)
  const outgoing = call.compression ?? (request && { encoding: request, above: standardThreshold })
  return outgoing !== undefined && accepts(accepted, outgoing.encoding.name) ? outgoing : undefined
}
