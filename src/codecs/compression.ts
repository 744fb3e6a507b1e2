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
   * Stops after `limit` bytes.
   * @throws RpcError `resource_exhausted` (`message_too_large`), or `fault` (`malformed_encoding`) if the bytes are not in this encoding
   */
  decompress(bytes: Uint8Array, limit: number, fault: Code.invalid_argument | Code.internal): Promise<Uint8Array>
}

/** The encodings of this Node (zstd since 22.15), in the order in which they are offered to peers. */
export const encodings: ReadonlyMap<string, Encoding> = new Map(
  [
    encoding('gzip', zlib.gzip, zlib.gunzip),
    encoding('deflate', zlib.deflate, zlib.inflate),
    encoding('br', zlib.brotliCompress, zlib.brotliDecompress),
    ...zstd(),
  ].map(one => [one.name, one]),
)

/** Bytes. Compressing a smaller message costs more than it saves. */
export const standardThreshold = 1024

/** Whether a peer accepts this encoding. @param accepted the header that it sent */
export function accepts(accepted: string | undefined, name: string): boolean {
  if (accepted === undefined) return false
  return accepted.split(',').some(one => {
    const [token = '', ...parameters] = one.split(';')
    return (
      token.trim().toLowerCase() === name && !parameters.some(parameter => /^\s*q\s*=\s*0(\.0*)?\s*$/.test(parameter))
    )
  })
}

/** Compresses a message. @returns undefined to send it as it is: it is below the threshold, or does not shrink */
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
