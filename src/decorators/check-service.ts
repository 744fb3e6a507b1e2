import { misuse, type RpcError } from '../core/rpc-error.js'
import { isClass } from '../schema/resolve.js'
import type { MethodSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'
import type { ServiceDeclaration } from './declaration.js'

export function notAService(type: Class, lineage: readonly [Class, ServiceDeclaration][]): RpcError {
  if (!isClass(type))
    return misuse('not_a_service', `${String(type)}: this is not a service class; pass the class itself`)
  const members = lineage.flatMap(([, declaration]) => [...declaration.methods.keys()])
  const what =
    members.length > 0 ? `it has @Method members (${members.join(', ')}) but no @Service()` : 'it is not a service'
  return misuse('not_a_service', `class ${type.name}: ${what}; add @Service('package.${type.name}')`)
}

/** A service has methods, each with a name of its own. */
export function checkMethods(type: Class, methods: readonly MethodSchema[]): void {
  if (methods.length === 0)
    throw misuse('empty_service', `class ${type.name}: it has no @Method; decorate the methods to serve`)
  const names = new Map<string, string>()
  for (const method of methods) {
    const other = names.get(method.name)
    if (other !== undefined) {
      throw misuse(
        'duplicate_method_name',
        `${type.name}.${method.key}: the wire name ${method.name} is already used by ${other}; write @Method({ name: ... })`,
      )
    }
    names.set(method.name, method.key)
  }
}
