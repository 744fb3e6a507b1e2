import { carriers } from '../codecs/method-serializers.js'
import type { Router, ServerSettings } from './protocol.js'

/**
 * Finds at start-up what the codecs of a server cannot carry, without keeping anything.
 * @param needsCodec whether a method that no codec carries is an error. Default false: other protocols may serve it
 * @throws RpcError `failed_precondition`, or what the check of a custom codec throws besides
 */
export function checkRoutes(
  { routes }: Router,
  { codecs, limits }: Pick<ServerSettings, 'codecs' | 'limits'>,
  { needsCodec = false }: { readonly needsCodec?: boolean } = {},
): void {
  const all = [...codecs.values()]
  for (const { method } of routes.values()) {
    const { carried, refusals } = carriers(all, method, limits)
    if (needsCodec && carried.length === 0) for (const refusal of refusals.values()) throw refusal
  }
}
