import { misuse } from '../core/rpc-error.js'
import type { ServiceSchema } from '../schema/service.js'

/** Methods with a meaning for the language: a remote can be printed, and tried as a promise, as any object can. */
const ofTheLanguage = new Set(['constructor', 'toString', 'toLocaleString', 'valueOf', 'toJSON', 'then'])

/**
 * What stands for the methods of a service's class that have no `@Method`: a remote inherits from the class, so that such a method would
 * run in the caller's process, on an object without fields. Each throws `failed_precondition` (`method_without_decorator`) when it is
 * called.
 */
export function undeclaredMethods({ class: of, methods }: ServiceSchema): PropertyDescriptorMap {
  const declared = new Set(methods.map(({ key }) => key))
  const refusals: PropertyDescriptorMap = {}
  for (let at: object = of.prototype as object; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value !== 'function' || declared.has(key) || ofTheLanguage.has(key)) continue
      refusals[key] = { value: refusal(`${of.name}.${key}`), writable: true, configurable: true }
    }
  }
  return refusals
}

function refusal(name: string): () => never {
  return () => {
    const what = `${name} is called on a client, but has no @Method, so no server can be asked for it`
    throw misuse('method_without_decorator', `${what}; decorate it, or call it on an instance of your own`)
  }
}
