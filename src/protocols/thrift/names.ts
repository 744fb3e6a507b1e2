import type { ServiceSchema } from '../../schema/service.js'

/** The separator of service and method in names of TMultiplexedProtocol. */
const separator = ':'

/** `Hello` of `hello.Hello`. */
export function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/** A method's name on the wire with its service's, for a server with several services. */
export function multiplexedName(service: string, method: string): string {
  return service + separator + method
}

/** `SayHello` of `Hello:SayHello`. */
export function bareName(name: string): string {
  return name.slice(name.indexOf(separator) + 1)
}

/**
 * All names of all methods. A method has its plain name if no other service has that name, and its name after its service's: the full name,
 * or its last part if no other service has the same.
 * @param preferred the service whose methods get their plain names in any case
 * @returns paths by name; undefined for a name that several methods have
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
