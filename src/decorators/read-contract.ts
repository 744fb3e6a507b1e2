import { misuse } from '../core/rpc-error.js'
import { isClass } from '../schema/resolve.js'
import type { ServiceSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'
import { checks } from './contract-checks.js'
import type { MethodDeclaration } from './declaration.js'
import { serviceLineage } from './declarations.js'
import { readMethod } from './read-method.js'

/**
 * Reads the schema of a `@Service` class, and checks its methods. It does not check its messages: see `serviceOf`.
 * @throws RpcError `failed_precondition` if the class or one of its methods is invalid, naming class and member
 */
export function readService(type: Class): ServiceSchema {
  const lineage = serviceLineage(type)
  if (!isClass(type) || !lineage.some(([, declaration]) => declaration.declared))
    throw checks?.notAService(type, lineage) ?? misuse('not_a_service', `${String(type)} has no @Service()`)
  const name = serviceName(lineage)
  const declarations = new Map<string, [Class, MethodDeclaration]>()
  for (const [owner, service] of lineage) {
    for (const method of service.methods.values())
      declarations.set(method.key, inherit(declarations.get(method.key), owner, method))
  }
  const methods = [...declarations.values()].map(([owner, method]) =>
    readMethod({ type, owner, serviceName: name }, method),
  )
  checks?.methods(type, methods)
  return Object.freeze({
    name,
    class: type,
    methods: Object.freeze(methods),
    policies: Object.freeze(lineage.flatMap(([, service]) => service.policies)),
    doc: checks?.docOf(type),
    ...checks?.serviceOptionsOf(lineage),
  })
}

function serviceName(lineage: ReturnType<typeof serviceLineage>): string {
  const named = lineage.findLast(([, declaration]) => declaration.name !== undefined)
  if (named !== undefined) return named[1].name as string
  return (lineage.find(([, declaration]) => declaration.declared) as (typeof lineage)[0])[0].name
}

/** A method that is overridden with decorators keeps those of the inherited ones that it does not replace. */
function inherit(
  base: [Class, MethodDeclaration] | undefined,
  owner: Class,
  method: MethodDeclaration,
): [Class, MethodDeclaration] {
  if (base === undefined) return [owner, method]
  const [baseOwner, inherited] = base
  const reshaped = method.shape !== undefined
  const ownParameters = reshaped || method.arguments !== undefined
  const merged: MethodDeclaration = {
    key: method.key,
    shape: method.shape ?? inherited.shape,
    arguments: ownParameters ? method.arguments : inherited.arguments,
    throws: method.throws.length > 0 ? method.throws : inherited.throws,
    idempotency: method.idempotency ?? inherited.idempotency,
    contextIndex: method.contextIndex ?? (ownParameters ? undefined : inherited.contextIndex),
    policies: [...inherited.policies, ...method.policies],
    routes: method.routes.length > 0 ? method.routes : inherited.routes,
  }
  return [ownParameters ? owner : baseOwner, merged]
}
