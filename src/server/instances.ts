import { notAClass } from '../core/not-a-class.js'
import { misuse } from '../core/rpc-error.js'
import { serviceOf } from '../decorators/read-service.js'
import type { ServiceSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'

/** Makes the instances of service classes. inversify's `Container` is one. */
export interface InstanceSource {
  /** Whether it makes instances of this class. */
  isBound(identifier: Class): boolean
  /** Returns an instance of the class; the server calls it for each call. */
  getAsync(identifier: Class): Promise<unknown>
}

/** A service class, whose instance the container or `new` makes, or an instance. */
export type Served = Class<object> | object

/** Finds the object whose method serves a call. */
export type InstanceProvider = () => object | Promise<object>

export interface ServedService {
  readonly schema: ServiceSchema
  readonly instance: InstanceProvider
}

/**
 * Reads a service to serve. If its class is bound in the container, every call asks the container for the instance, so inversify's scopes
 * apply: a singleton is made once, a service in request scope for each call.
 * @throws RpcError `failed_precondition` (`no_instance`) if no instance can be made
 */
export function readServed(served: Served, container: InstanceSource | undefined): ServedService {
  if ((typeof served !== 'object' && typeof served !== 'function') || served === null) throw notAClass('serve', served)
  if (typeof served !== 'function') {
    return { schema: serviceOf(served.constructor as Class<object>), instance: () => served }
  }
  const type = served as Class<object>
  const schema = serviceOf(type)
  if (container?.isBound(type)) return { schema, instance: () => container.getAsync(type) as Promise<object> }
  if (type.length > 0) {
    const how =
      container === undefined
        ? `pass an instance, or serve with { container }`
        : `bind it: container.load(services(${type.name}))`
    throw misuse(
      'no_instance',
      `class ${type.name}: its constructor takes ${type.length} argument(s), so serve cannot create it; ${how}`,
    )
  }
  const instance = new (type as unknown as new () => object)()
  return { schema, instance: () => instance }
}
