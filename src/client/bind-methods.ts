import type { ConfigSource } from '../config/config-source.js'
import { followConfig } from '../config/follow-config.js'
import type { ServiceConfig } from '../config/service-config.js'
import { throttleOf } from '../policies/attempts/retry-throttle.js'
import type { ServiceSchema } from '../schema/service.js'
import { type BindingSettings, type BoundMethod, bindMethod } from './bound-method.js'

export interface MethodsSettings extends BindingSettings {
  readonly config: ServiceConfig | ConfigSource | undefined
}

/** The methods of all services of a channel. They follow the configuration, if there is one, until the channel closes. */
export function bindMethods(
  services: readonly ServiceSchema[],
  settings: MethodsSettings,
): ReadonlyMap<ServiceSchema, readonly BoundMethod[]> {
  const { channel, config } = settings
  const bound = new Map(
    services.map(service => [service, service.methods.map(method => bindMethod(service, method, settings))]),
  )
  for (const { schema, states } of [...bound.values()].flat()) channel.policyStates.set(schema.path, states)
  if (config === undefined) return bound
  /** What each method was bound with, by path. A method whose policies do not change keeps their state. */
  const keys = new Map<string, string>()
  const stop = followConfig(config, {
    services,
    balancers: [...settings.balancers.keys()],
    report: channel.report,
    apply: read => {
      /** Made after every method is bound, because until then the configuration may be refused. */
      const changes: (() => void)[] = []
      for (const [service, methods] of bound) {
        const { shared } = channel.stateOf(service.name)
        changes.push(() => throttleOf({ shared, clock: channel.clock }).configure(read.throttle))
        for (const method of methods) {
          const { name, path } = method.schema
          const { definitions, key } = read.policiesFor(service.name, name)
          if (keys.get(path) === key) continue
          const policies = [...settings.policies, ...definitions]
          const rebound = bindMethod(service, method.schema, { ...settings, policies })
          changes.push(() => {
            Object.assign(method, rebound)
            channel.policyStates.set(path, rebound.states)
            keys.set(path, key)
          })
        }
      }
      for (const change of changes) change()
    },
  })
  channel.onClose(stop)
  return bound
}
