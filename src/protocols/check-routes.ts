import { carriers } from '../codecs/method-serializers.js'
import type { Router, ServerSettings } from './protocol.js'

/**
 * Finds at start-up what a codec cannot carry, without compiling anything.
 * @param needsCodec whether a method that no codec carries is an error. Default false: other protocols may serve it
 * @throws RpcError `failed_precondition`, or what else the check of a custom codec throws
 */
export function checkRoutes({ routes }: Router, { codecs, limits }: ServerSettings, needsCodec = false): void {
  const all = [...codecs.values()]
  for (const { method } of routes.values()) {
    const { carried, refusals } = carriers(all, method, limits)
    if (needsCodec && carried.length === 0) for (const refusal of refusals.values()) throw refusal
  }
}
