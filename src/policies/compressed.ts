import { type Encoding, encodings, standardThreshold } from '../codecs/compression.js'
import { engineHandler } from '../core/engine-handler.js'
import { integer, type OptionReader, type OptionReaders, readOptions, refused } from '../core/options.js'
import type { PolicyDefinition, PolicyKind } from '../core/policy.js'
import { declarePolicy, type PolicyDecorator } from '../decorators/policy.js'

/** `zstd` needs Node 22.15. */
export type EncodingName = 'gzip' | 'deflate' | 'br' | 'zstd'

/** Options of `@Compressed` and `compressed`. */
export interface CompressedOptions {
  /** Bytes; a smaller message is sent as it is. Default 1024. */
  readonly minBytes?: number
}

const encodingOf: OptionReader<Encoding> = (name = 'gzip', where) => {
  const found = encodings.get(String(name))
  if (found !== undefined) return found
  throw refused(where, `an encoding of this version of Node (${[...encodings.keys()].join(', ')})`, name)
}

const readers = {
  encoding: encodingOf,
  minBytes: integer({ from: 0 }, standardThreshold),
} satisfies OptionReaders<CompressedOptions & { encoding?: EncodingName }>

export const compressedKind: PolicyKind = {
  name: 'compressed',
  options: readers,
  make: ({ encoding, ...options }: CompressedOptions & { encoding?: EncodingName }) => compressed(encoding, options),
}

/**
 * The policy of `@Compressed` as a value: in `connect` for requests, in `serve` for replies.
 *
 * @example
 * connect(Reports, target, { policies: [compressed('gzip')] })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`) if this version of Node does not have the encoding
 * @see docs/guide/policies.md#compressed
 */
export function compressed(name: EncodingName = 'gzip', options: CompressedOptions = {}): PolicyDefinition {
  const { encoding, minBytes } = readOptions('compressed', { ...options, encoding: name }, readers)
  const outgoing = Object.freeze({ encoding, above: minBytes })
  return Object.freeze({
    name: compressedKind.name,
    stages: ['attempt', 'handler'] as const,
    summary: `compressed(${name} from ${minBytes} bytes)`,
    build: () => next =>
      engineHandler(call => {
        call.compression = outgoing
        return next(call)
      }),
  } satisfies PolicyDefinition)
}

/** Replaces any other: nothing is compressed. */
export const uncompressed: PolicyDefinition = Object.freeze({
  ...compressed('gzip', { minBytes: Number.MAX_SAFE_INTEGER }),
  summary: 'compressed(never)',
})

/**
 * Compresses the requests of a method, and its replies to clients that accept the encoding. Default: `gzip`, from 1024 bytes. A message
 * that does not shrink is sent as it is.
 *
 * Without it a server compresses as the request was, and a client not at all. HTTP, gRPC and Thrift with THeader (always zlib) compress;
 * other Thrift transports, Avro and `memory://` do not.
 *
 * @example
 * @Method({ accepts: ReportRequest, returns: Report }) @Compressed('br', { minBytes: 4096 })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`) if this version of Node does not have the encoding
 * @see docs/guide/policies.md#compressed
 */
export function Compressed(name: EncodingName = 'gzip', options: CompressedOptions = {}): PolicyDecorator {
  return declarePolicy(compressed(name, options))
}
