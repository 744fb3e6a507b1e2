import { ContainerModule, inject, type ServiceIdentifier } from 'inversify'
import { type ConnectOptions, connectAll } from '../client/connect.js'
import { disconnect } from '../client/proxy.js'
import type { Target } from '../client/target.js'
import { misuse } from '../core/rpc-error.js'
import { serviceOf } from '../decorators/read-service.js'
import type { Class } from '../schema/type.js'

export interface RemotesOptions extends ConnectOptions {
  /** Where they are. */
  readonly at: Target
  /** Tells several remotes of one service apart: `@Remote(Hello, 'eu')`. */
  readonly named?: string
}

/**
 * What a remote is bound under; a test double takes its place with one line:
 *
 *     container.bind(remote(Hello)).toConstantValue({ sayHello: async () => ({ message: 'hi' }) })
 *
 * It is not the class itself, so that a process can serve Hello and call other replicas of it.
 */
export function remote<T extends object>(service: Class<T>, named?: string): ServiceIdentifier<T> {
  const name = serviceOf(service).name
  return Symbol.for(
    named === undefined ? `polywire.remote ${name}` : `polywire.remote ${name} ${named}`,
  ) as ServiceIdentifier<T>
}

/**
 * A module with remotes of these services, all over one channel, which opens nothing before the first call. It is closed when the
 * container lets go of one of them: `unbindAllAsync`, or unloading the module.
 *
 *     container.load(remotes({ at: 'http://10.0.0.1:8080' }, Hello, Calculator))
 *
 * @throws RpcError `failed_precondition` for whatever can be known to be wrong before the first call, when the module is loaded
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

/** Injects the remote of that service: `constructor(@Remote(Hello) private readonly hello: Hello) {}`. Also on properties. */
export function Remote(
  service: Class<object>,
  named?: string,
): MethodDecorator & ParameterDecorator & PropertyDecorator {
  return inject(remote(service, named)) as MethodDecorator & ParameterDecorator & PropertyDecorator
}
