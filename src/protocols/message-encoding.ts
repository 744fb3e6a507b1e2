import { accepts, type Encoding, encodings, standardThreshold } from '../codecs/compression.js'
import type { ActiveCall } from '../core/active-call.js'
import type { OutgoingCompression } from '../core/call.js'
import { Code } from '../core/code.js'
import { failure, misuse } from '../core/rpc-error.js'

const names = ['identity', ...encodings.keys()].join(', ')

/** Whether a message in this encoding can be read; undefined is `identity`. */
export function isKnown(name: string | undefined): boolean {
  return name === undefined || name === '' || name === 'identity' || encodings.has(name)
}

/**
 * The encoding that a header names.
 * @returns undefined for `identity` and for no header
 * @throws RpcError `unimplemented` (`unknown_encoding`) with the list accepted
 */
export function encodingOf(name: string | undefined, header: string): Encoding | undefined {
  if (name === undefined || name === '' || name === 'identity') return undefined
  const encoding = encodings.get(name)
  if (encoding !== undefined) return encoding
  const message = `${header} ${JSON.stringify(name.slice(0, 32))} is not known; send one of ${names}`
  throw failure('unknown_encoding', Code.unimplemented, message)
}

/**
 * How the replies of a call are compressed: as its method or the server says, otherwise as its request was.
 * @returns undefined if they are not, or if the client does not accept the encoding
 */
export function replyCompression(
  { compression }: ActiveCall,
  request: Encoding | undefined,
  accepted: string | undefined,
): OutgoingCompression | undefined {
  const outgoing = compression ?? (request && { encoding: request, above: standardThreshold })
  return outgoing !== undefined && accepts(accepted, outgoing.encoding.name) ? outgoing : undefined
}

/** How a target's `compression` compresses requests. @throws RpcError `failed_precondition` (`invalid_target`) for an unknown encoding */
export function targetCompression(name: string | undefined): OutgoingCompression | undefined {
  if (!isKnown(name) || name === '') {
    const got = JSON.stringify(name?.slice(0, 32))
    throw misuse('invalid_target', `target: compression must be one of ${names}, got ${got}`)
  }
  const encoding = encodings.get(name ?? '')
  return encoding && { encoding, above: standardThreshold }
}
