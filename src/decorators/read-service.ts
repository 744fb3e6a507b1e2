// Defines `Reflect.metadata`, through which compilers emit the types of members.
import 'reflect-metadata/lite'
import { notAType } from '../schema/not-a-type.js'
import { explainTypes } from '../schema/resolve.js'
import type { ServiceSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'
import { checkMessages } from './check-messages.js'
import { useChecks } from './contract-checks.js'
import { readService } from './read-contract.js'
import { strictChecks } from './strict-checks.js'

useChecks(strictChecks)
explainTypes(notAType)

const cache = new WeakMap<Class, ServiceSchema>()

/**
 * Returns the schema of a `@Service` class. The first call reads and checks it; later calls return the same object.
 *
 * @example
 * for (const { path } of serviceOf(Hello).methods) console.log(path)
 *
 * @throws RpcError `failed_precondition` if the class or one of its messages is invalid, naming class and member
 */
export function serviceOf<T>(type: Class<T>): ServiceSchema<T> {
  let schema = cache.get(type)
  if (schema === undefined) {
    schema = readService(type)
    checkMessages(schema.methods)
    cache.set(type, schema)
  }
  return schema as ServiceSchema<T>
}
