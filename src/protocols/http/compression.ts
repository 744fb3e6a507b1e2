import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { Code } from '../../core/code.js'
import { RpcError } from '../../core/rpc-error.js'
import { messageTooLarge } from './envelope.js'

type Decompress = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>

const encodings: Readonly<Record<string, Decompress>> = {
  gzip: promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip),
  deflate: promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflate),
  br: promisify<Uint8Array, { maxOutputLength: number }, Buffer>(brotliDecompress),
}

/** What `accept-encoding` of a refusal lists. */
export const acceptedEncodings = Object.keys(encodings).join(', ')

/**
 * What undoes an encoding, stopping at the limit in the midst of a message that would go over it.
 * @param name of a content-encoding header
 * @returns undefined for `identity` and for none
 * @throws RpcError `unimplemented` (`unknown_encoding`) with the list accepted
 */
export function decompressor(
  name: string | undefined,
  limit: number,
): ((bytes: Uint8Array) => Promise<Uint8Array>) | undefined {
  if (name === undefined || name === '' || name === 'identity') return undefined
  const decompress = Object.hasOwn(encodings, name) ? encodings[name] : undefined
  if (decompress === undefined) {
    throw new RpcError(
      `encoding ${JSON.stringify(name.slice(0, 32))} is not known; send one of identity, ${acceptedEncodings}`,
      Code.unimplemented,
      { reason: 'unknown_encoding' },
    )
  }
  return bytes =>
    decompress(bytes, { maxOutputLength: limit }).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ERR_BUFFER_TOO_LARGE') throw messageTooLarge(limit + 1, limit)
      throw new RpcError(`message is not valid ${name}`, Code.invalid_argument, { reason: 'malformed_encoding', cause })
    })
}
