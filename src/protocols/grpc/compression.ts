import { promisify } from 'node:util'
import { deflate, gunzip, gzip, inflate } from 'node:zlib'
import { Code } from '../../core/code.js'
import { RpcError } from '../../core/rpc-error.js'
import { messageTooLarge } from './message-limit.js'

/** One way to compress messages. `deflate` is zlib's format, as everywhere in HTTP. */
export interface Compression {
  readonly name: string
  readonly compress: (bytes: Uint8Array) => Promise<Uint8Array>
  /** Stops at `limit` bytes, in the midst of a message that would go over it. */
  readonly decompress: (bytes: Uint8Array, limit: number) => Promise<Uint8Array>
}

type Inflate = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>

const compressions: ReadonlyMap<string, Compression> = new Map(
  [
    compression('gzip', promisify<Uint8Array, Buffer>(gzip), promisify(gunzip) as Inflate),
    compression('deflate', promisify<Uint8Array, Buffer>(deflate), promisify(inflate) as Inflate),
  ].map(one => [one.name, one]),
)

export const encodings: readonly string[] = [...compressions.keys()]

/** What `grpc-accept-encoding` says. */
export const acceptedEncodings = ['identity', ...encodings].join(',')

/** Messages below this size, prefix included, are sent as they are, since compressing them costs more than it saves. */
export const compressAbove = 1024

/**
 * @param name as in `grpc-encoding`
 * @returns undefined for `identity` and for none
 * @throws RpcError `unimplemented` (`unknown_encoding`) with the list accepted
 */
export function compressionOf(name: string | undefined): Compression | undefined {
  if (name === undefined || name === '' || name === 'identity') return undefined
  const known = compressions.get(name)
  if (known !== undefined) return known
  throw new RpcError(
    `grpc-encoding ${JSON.stringify(name.slice(0, 32))} is not known; send one of ${acceptedEncodings}`,
    Code.unimplemented,
    { reason: 'unknown_encoding' },
  )
}

/** Whether a peer takes this encoding. @param accepted its `grpc-accept-encoding` */
export function accepts(accepted: string | undefined, { name }: Compression): boolean {
  return accepted?.split(',').some(one => one.trim() === name) ?? false
}

/** @throws RpcError `internal` for a compressed message of a stream that named no encoding */
export function decompress(
  bytes: Uint8Array,
  compression: Compression | undefined,
  limit: number,
): Promise<Uint8Array> {
  if (compression !== undefined) return compression.decompress(bytes, limit)
  throw new RpcError('a message is compressed, but grpc-encoding names no encoding', Code.internal, {
    reason: 'malformed_encoding',
  })
}

function compression(name: string, compress: Compression['compress'], inflate: Inflate): Compression {
  return {
    name,
    compress,
    decompress: (bytes, limit) =>
      inflate(bytes, { maxOutputLength: limit }).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ERR_BUFFER_TOO_LARGE') throw messageTooLarge(limit + 1, limit)
        throw new RpcError(`a message is not valid ${name}`, Code.internal, { reason: 'malformed_encoding', cause })
      }),
  }
}
