import type { ServiceSchema } from '../../schema/service.js'

/** Between service and method in the names of TMultiplexedProtocol. */
const separator = ':'

/** `Hello` of `hello.Hello`. */
export function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/** A method's name on the wire, of a client whose server has several services. */
export function multiplexedName(service: string, method: string): string {
  return service + separator + method
}

/** `SayHello` of `Hello:SayHello`. */
export function bareName(name: string): string {
  return name.slice(name.indexOf(separator) + 1)
}

/**
 * Every name that a method answers to: its own where no other service has it, and behind its service's, full or last part where that is
 * no other's.
 * @param preferred the service whose methods have their own names whatever other services have
 * @returns paths by name; undefined under a name that several methods have
 */
export function namesOf(
  services: readonly ServiceSchema[],
  preferred?: string,
): ReadonlyMap<string, string | undefined> {
  const names = new Map<string, string | undefined>()
  const add = (name: string, path: string) => names.set(name, names.has(name) ? undefined : path)
  for (const { name, methods } of services) {
    for (const method of methods) {
      add(method.name, method.path)
      add(multiplexedName(lastPart(name), method.name), method.path)
    }
  }
  for (const { name, methods } of services) {
    for (const method of methods) {
      names.set(multiplexedName(name, method.name), method.path)
      if (name === preferred) names.set(method.name, method.path)
    }
  }
  return names
}
