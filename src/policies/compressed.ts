/**
 * Problem: a large message costs more on the wire than it costs to compress.
 *
 * On the client it compresses requests, on the server replies to clients that take them so. It has no say in whether a call happens and only
 * tells the protocol what to do, so it stands in front of whatever may reply without asking further, as a cache does; the protocol sends a message
 * as it is where that is under the threshold, or does not shrink.
 *
 *     @Method(Report) @Compressed('br', { above: 4096 })
 */
import { encodings, standardThreshold } from '../codecs/compression.js'
import type { PolicyDefinition } from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../decorators/policy.js'

export type EncodingName = 'gzip' | 'deflate' | 'br' | 'zstd'

export interface CompressedOptions {
  /** Bytes of a message from which on it is compressed; default 1024. */
  readonly above?: number
}

/** As a value, for `connect(..., { policies: [compressed('gzip')] })` and for `serve`. */
export function compressed(name: EncodingName = 'gzip', options: CompressedOptions = {}): PolicyDefinition {
  const { above = standardThreshold } = options
  const found = encodings.get(name)
  if (found === undefined) {
    throw misuse(
      'invalid_policy',
      `compressed: this Node has no ${JSON.stringify(name)}; write one of ${[...encodings.keys()].join(', ')}`,
    )
  }
  if (!Number.isInteger(above) || above < 0)
    throw misuse('invalid_policy', `compressed: above is ${above}; write a whole number of bytes`)
  const outgoing = Object.freeze({ encoding: found, above })
  return Object.freeze({
    name: 'compressed',
    stages: ['attempt', 'handler'] as const,
    rank: 7,
    summary: `compressed(${name} above ${above} bytes)`,
    build: () => next => call => {
      call.compression = outgoing
      return next(call)
    },
  } satisfies PolicyDefinition)
}

/** In place of any other: nothing is compressed. */
export const uncompressed: PolicyDefinition = Object.freeze({
  ...compressed('gzip', { above: Number.MAX_SAFE_INTEGER }),
  summary: 'compressed(never)',
})

/** As a decorator. */
export function Compressed(name: EncodingName = 'gzip', options: CompressedOptions = {}): PolicyDecorator {
  return declarePolicy(compressed(name, options))
}
