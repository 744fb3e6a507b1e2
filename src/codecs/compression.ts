import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import type { OutgoingCompression } from '../core/call.js'
import type { Code } from '../core/code.js'
import { messageTooLarge } from '../core/limits.js'
import { failure } from '../core/rpc-error.js'

type Compress = (bytes: Uint8Array) => Promise<Uint8Array>
type Decompress = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Promise<Uint8Array>

/** One way to compress messages. `deflate` is zlib's format, as everywhere in HTTP. */
export interface Encoding {
  readonly name: string
  readonly compress: Compress
  /**
   * Stops at `limit` bytes, in the midst of a message that would go over it.
   * @throws RpcError `resource_exhausted` (`message_too_large`), or `fault` (`malformed_encoding`) for what is not of this encoding
   */
  decompress(bytes: Uint8Array, limit: number, fault: Code.invalid_argument | Code.internal): Promise<Uint8Array>
}

/** Those of this Node: zstd came with 22.15. In the order in which peers are told of them. */
export const encodings: ReadonlyMap<string, Encoding> = new Map(
  [
    encoding('gzip', zlib.gzip, zlib.gunzip),
    encoding('deflate', zlib.deflate, zlib.inflate),
    encoding('br', zlib.brotliCompress, zlib.brotliDecompress),
    ...zstd(),
  ].map(one => [one.name, one]),
)

/** Below this size compressing costs more than it saves. */
export const standardThreshold = 1024

/** Whether a peer takes this encoding. @param accepted the list that it sent */
export function accepts(accepted: string | undefined, name: string): boolean {
  if (accepted === undefined) return false
  return accepted.split(',').some(one => {
    const [token = '', ...parameters] = one.split(';')
    return (
      token.trim().toLowerCase() === name && !parameters.some(parameter => /^\s*q\s*=\s*0(\.0*)?\s*$/.test(parameter))
    )
  })
}

/** @returns undefined where it is to be sent as it is: it is under the threshold, or does not shrink */
export function shrunk(
  bytes: Uint8Array,
  { encoding, above }: OutgoingCompression,
): Promise<Uint8Array | undefined> | undefined {
  if (bytes.byteLength < above) return undefined
  return encoding.compress(bytes).then(small => (small.byteLength < bytes.byteLength ? small : undefined))
}

type Callback = (error: Error | null, result: Buffer) => void
type NodeCompress = (bytes: Uint8Array, callback: Callback) => void
type NodeDecompress = (bytes: Uint8Array, options: { maxOutputLength: number }, callback: Callback) => void

function encoding(name: string, compress: NodeCompress, decompress: NodeDecompress): Encoding {
  const inflate = promisify(decompress) as Decompress
  return {
    name,
    compress: promisify(compress) as Compress,
    decompress: (bytes, limit, fault) =>
      inflate(bytes, { maxOutputLength: limit }).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ERR_BUFFER_TOO_LARGE') throw messageTooLarge(limit)
        throw failure('malformed_encoding', fault, `the message is not valid ${name}`, { cause })
      }),
  }
}

function zstd(): Encoding[] {
  const { zstdCompress, zstdDecompress } = zlib as unknown as {
    readonly zstdCompress?: NodeCompress
    readonly zstdDecompress?: NodeDecompress
  }
  return zstdCompress === undefined || zstdDecompress === undefined
    ? []
    : [encoding('zstd', zstdCompress, zstdDecompress)]
}
