import { type ExplainedMethod, explainMethods } from '../client/explain.js'
import { historyOf } from '../config/config-log.js'
import { isConfigSource } from '../config/config-source.js'
import type { ServiceConfig } from '../config/service-config.js'
import type { SeenMethod } from './scene.js'

/** The policies of a method. */
export function explainedOf(seen: SeenMethod): ExplainedMethod {
  return explainedAll([seen])[0] as ExplainedMethod
}

/** The policies of methods, in their order. Methods of one service are explained together, since its configuration is read for it. */
export function explainedAll(methods: readonly SeenMethod[]): ExplainedMethod[] {
  const explained: ExplainedMethod[] = []
  for (let from = 0; from < methods.length; ) {
    const { service, given } = methods[from] as SeenMethod
    let to = from
    while (methods[to]?.service === service && methods[to]?.given === given) to++
    const group = methods.slice(from, to).map(({ method }) => method)
    explained.push(...explainMethods({ ...service, methods: group }, inForce(given)))
    from = to
  }
  return explained
}

/** A source may hold a configuration that was refused; the one in force is what was taken last. */
function inForce(given: SeenMethod['given']): SeenMethod['given'] {
  const { config } = given
  const history = config !== undefined && isConfigSource(config) ? historyOf(config) : undefined
  return history === undefined ? given : { ...given, config: history.current as ServiceConfig }
}

/** `4 attempts` of `retry(4 attempts)`. */
export function settingsIn(summary: string): string {
  return /^[^(]*\((.*)\)$/s.exec(summary)?.[1] ?? ''
}
