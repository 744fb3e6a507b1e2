import { ContainerModule } from 'inversify'
import { serviceOf } from '../decorators/read-service.js'

/** How long an instance lives: `singleton` for all calls, `request` or `transient` for one. Source: inversify's scopes. */
export type ServiceScope = 'singleton' | 'request' | 'transient'

/** Options of `services`. */
export interface ServicesOptions {
  /** How long an instance lives. Default: `singleton`. */
  readonly scope?: ServiceScope
}

// biome-ignore lint/suspicious/noExplicitAny: inversify's Newable has it, and inversify supplies the arguments
type ServiceClass = new (...args: any[]) => object

/**
 * Makes a container module with implementations of services, whose constructor parameters are injected. `serve` takes their instances from
 * the container. A class that the container binds already does not need it.
 *
 * @example
 * container.load(services(Orders))
 * await serve([Orders], { container })
 *
 * @throws RpcError `failed_precondition` if a class is not a valid service
 * @see docs/guide/clients-and-injection.md
 */
export function services(...classes: readonly ServiceClass[]): ContainerModule
/** Makes a container module whose instances live in another scope: `services({ scope: 'request' }, Orders)`. */
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
