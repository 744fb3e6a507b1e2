import type { ServiceSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'

export function isBaseOf(base: Class, type: Class): boolean {
  return Object.prototype.isPrototypeOf.call(base, type)
}

/** The nearest service that a service extends and of which `fits` holds. */
export function nearestBase(
  service: ServiceSchema,
  all: readonly ServiceSchema[],
  fits: (base: ServiceSchema) => boolean,
): ServiceSchema | undefined {
  const bases = all.filter(one => isBaseOf(one.class, service.class))
  return bases.sort(byDepth).findLast(fits)
}

/** For sorting: services stand behind those that they extend. */
export function byDepth(one: ServiceSchema, other: ServiceSchema): number {
  return depthOf(one.class) - depthOf(other.class)
}

function depthOf(type: Class): number {
  const base: unknown = Object.getPrototypeOf(type)
  return base === Function.prototype ? 0 : 1 + depthOf(base as Class)
}
