import { ContainerModule } from 'inversify'
import { serviceOf } from '../decorators/read-service.js'

/** How long an instance lives: `singleton` for all calls, `request` or `transient` for one. Source: inversify's scopes. */
export type ServiceScope = 'singleton' | 'request' | 'transient'

export interface ServicesOptions {
  /** Default: `singleton`. */
  readonly scope?: ServiceScope
}

// biome-ignore lint/suspicious/noExplicitAny: inversify's Newable has it, and what a constructor takes is inversify's business
type ServiceClass = new (...args: any[]) => object

/**
 * A module with implementations that a server asks for: `container.load(services(Orders))`, then `serve([Orders], { container })`. Their
 * constructor parameters are injected. A class that one has bound oneself does not need it.
 *
 * @throws RpcError `failed_precondition` where a class is no service
 */
export function services(...classes: readonly ServiceClass[]): ContainerModule
export function services(options: ServicesOptions, ...classes: readonly ServiceClass[]): ContainerModule
export function services(first: ServicesOptions | ServiceClass, ...rest: readonly ServiceClass[]): ContainerModule {
  const [options, classes] = typeof first === 'function' ? [{}, [first, ...rest]] : [first, rest]
  const scope = (options as ServicesOptions).scope ?? 'singleton'
  for (const type of classes) serviceOf(type)
  return new ContainerModule(({ bind }) => {
    for (const type of classes) {
      const binding = bind(type).to(type as new () => object)
      if (scope === 'singleton') binding.inSingletonScope()
      else if (scope === 'request') binding.inRequestScope()
      else binding.inTransientScope()
    }
  })
}
