import { resumptionOf } from '../core/policy.js'
import type { MethodSchema } from '../schema/service.js'
import type { MethodModel } from './model.js'

/** What a model says of `@Resumable`: nothing if the method has none. */
export function resumableOf(method: MethodSchema): Pick<MethodModel, 'resumable' | 'resumeKey'> {
  const resumption = resumptionOf(method)
  return resumption === undefined ? {} : { resumable: true, resumeKey: propertyRead(resumption.key) }
}

/** The property that a function returns of its argument, if it does no more than that. */
function propertyRead(read: (of: never) => unknown): string | undefined {
  const asked = new Map<unknown, string | symbol>()
  const probe = new Proxy(Object.create(null) as object, {
    get: (_, name) => {
      const value = Object.freeze({})
      asked.set(value, name)
      return value
    },
  })
  try {
    const name = asked.get(read(probe as never))
    return typeof name === 'string' ? name : undefined
  } catch {
    return undefined
  }
}
