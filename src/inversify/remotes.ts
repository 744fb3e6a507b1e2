import { ContainerModule, inject, type ServiceIdentifier } from 'inversify'
import { type ConnectOptions, connectAll } from '../client/connect.js'
import { disconnect } from '../client/proxy.js'
import type { Target } from '../client/target.js'
import { misuse } from '../core/rpc-error.js'
import { serviceOf } from '../decorators/read-service.js'
import type { Class } from '../schema/type.js'

/** Options of `remotes`. */
export interface RemotesOptions extends ConnectOptions {
  /** The target, as for `connect`. */
  readonly at: Target
  /** A name that tells several clients of one service apart: `@Remote(Hello, 'eu')`. Default: none. */
  readonly named?: string
}

/**
 * Returns the identifier under which a client is bound in the container, for test doubles.
 *
 * It is not the class itself, so that a process can serve a service and call other replicas of it.
 *
 * @param named the name given to `remotes`; default: none
 *
 * @example
 * container.bind(remote(Hello)).toConstantValue({ sayHello: async () => ({ message: 'hi' }) })
 *
 * @throws RpcError `failed_precondition` if the service is invalid
 */
export function remote<T extends object>(service: Class<T>, named?: string): ServiceIdentifier<T> {
  const name = serviceOf(service).name
  return Symbol.for(
    named === undefined ? `polywire.remote ${name}` : `polywire.remote ${name} ${named}`,
  ) as ServiceIdentifier<T>
}

/**
 * Makes a container module with clients of these services, which share one channel. The first call opens the connection.
 *
 * The channel closes when the container unbinds one of them: with `container.unbindAllAsync()`, or by unloading the module.
 *
 * @example
 * container.load(remotes({ at: 'grpc+etcd://127.0.0.1:2379' }, Hello, Calculator))
 *
 * @throws RpcError `failed_precondition` (`no_services`) without services. Loading the module throws what `connect` throws
 * @see docs/guide/clients-and-injection.md
 */
export function remotes(options: RemotesOptions, ...services: readonly Class<object>[]): ContainerModule {
  if (services.length === 0)
    throw misuse(
      'no_services',
      `remotes({ at: ${JSON.stringify(options.at)} }): name the services, such as remotes({ at }, Hello)`,
    )
  const { at, named, ...rest } = options
  return new ContainerModule(({ bind }) => {
    const proxies = connectAll(services, at, rest)
    for (const service of services) {
      const proxy = proxies.get(service) as object
      bind(remote(service, named))
        .toConstantValue(proxy)
        .onDeactivation(() => disconnect(proxy))
    }
  })
}

/**
 * Injects the client of a service that `remotes` has bound, into a constructor parameter or a property. Needs `experimentalDecorators`, as
 * inversify's own `@inject` does; `container.get(remote(Hello))` does not.
 *
 * @param named the name given to `remotes`; default: none
 *
 * @example
 * class Orders { constructor(@Remote(Hello) private readonly hello: Hello, @Remote(Stock, 'eu') private readonly stock: Stock) {} }
 *
 * @throws RpcError `failed_precondition` if the service is invalid
 * @see docs/guide/clients-and-injection.md
 */
export function Remote(
  service: Class<object>,
  named?: string,
): MethodDecorator & ParameterDecorator & PropertyDecorator {
  const injects = inject(remote(service, named)) as (...args: unknown[]) => void
  return (...args: unknown[]) => {
    if (typeof args[1] === 'object') throw standardRemote(service, args[1] as { readonly name?: unknown })
    injects(...args)
  }
}

function standardRemote(service: Class<object>, { name }: { readonly name?: unknown }): Error {
  return misuse(
    'misplaced_decorator',
    `${String(name)}: @Remote(${service.name}) needs experimentalDecorators, as all of inversify's injection does; ` +
      `set it, or write container.get(remote(${service.name}))`,
  )
}
