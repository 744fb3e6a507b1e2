import type { Codec } from '../codecs/codec.js'
import { inTurns } from '../core/in-turns.js'
import { misuse } from '../core/rpc-error.js'
import type { Protocol } from '../protocols/protocol.js'
import type { BoundProtocol } from './listener.js'

/** What `server.warmUp` compiles. */
export interface WarmUpOptions {
  /**
   * The names of the codecs whose messages to compile, or `'all'`, which takes some 400 KB per method. Thrift and Avro RPC have encodings of
   * their own and compile these. Default: the default codec of each protocol, protobuf for gRPC and JSON for HTTP.
   */
  readonly codecs?: readonly string[] | 'all'
}

/** Compiles what first calls would compile, one method in each turn of the event loop. */
export type WarmUp = (options?: WarmUpOptions) => Promise<void>

export function warmUpOf(bound: readonly BoundProtocol[], codecs: ReadonlyMap<string, Codec>): WarmUp {
  return async ({ codecs: names } = {}) => {
    const chosen = names === undefined ? undefined : chosenOf(names, codecs)
    for (const { protocol, binding } of bound)
      await inTurns(binding.warmUp?.(chosen ?? defaultOf(protocol, codecs)) ?? [])
  }
}

function chosenOf(names: readonly string[] | 'all', codecs: ReadonlyMap<string, Codec>): readonly Codec[] {
  if (names === 'all') return [...codecs.values()]
  return names.map(name => {
    const codec = codecs.get(name)
    if (codec !== undefined) return codec
    const known = [...codecs.keys()].join(', ')
    throw misuse('unknown_codec', `warmUp: there is no codec ${JSON.stringify(name)}; it can be ${known}`)
  })
}

function defaultOf({ defaultCodec }: Protocol, codecs: ReadonlyMap<string, Codec>): readonly Codec[] {
  const codec = codecs.get(defaultCodec)
  return codec === undefined ? [] : [codec]
}
