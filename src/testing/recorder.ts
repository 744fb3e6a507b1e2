import type { PreparedOptions } from '../client/client-call.js'
import { optionsOf, standIn } from '../client/proxy.js'
import { unimplemented } from '../core/rpc-error.js'
import { serviceOf } from '../decorators/read-service.js'
import type { Class } from '../schema/type.js'

/** One call that a double has received. */
export interface RecordedCall {
  /** The method's property: `sayHello`. */
  readonly method: string
  readonly arguments: readonly unknown[]
  /** Those of `withCall`: headers, timeout in milliseconds and the rest; undefined where the remote itself was called. */
  readonly options: PreparedOptions | undefined
}

export interface Recorder<T> {
  /** Stands in for the remote: every method of the service is there. */
  readonly double: T & AsyncDisposable
  /** What was called, in order. */
  readonly calls: readonly RecordedCall[]
}

/**
 * A double made from a service's class: it records every call, answers with what it is given, and fails with `unimplemented` else. `withCall`
 * and `disconnect` take it as they take a remote. Answers are called on the object they stand in.
 *
 *     const { double, calls } = recorder(Hello, { sayHello: async () => ({ message: 'hi' }) })
 *     container.bind(remote(Hello)).toConstantValue(double)
 */
export function recorder<T extends object>(service: Class<T>, answers: Partial<T> = {}): Recorder<T> {
  const schema = serviceOf(service)
  const calls: RecordedCall[] = []
  // On a prototype, as a remote has them, so that `withCall` makes another one of it.
  const prototype = Object.create(service.prototype as object) as Record<string, unknown>
  for (const { key, path } of schema.methods) {
    const answer = (answers as Record<string, unknown>)[key] as ((...args: unknown[]) => unknown) | undefined
    prototype[key] = function (this: object, ...args: unknown[]) {
      calls.push({ method: key, arguments: args, options: optionsOf(this) })
      return answer === undefined ? unanswered(path) : answer.apply(answers, args)
    }
  }
  return { double: standIn(prototype) as T & AsyncDisposable, calls }
}

/** Also an empty stream that fails, for methods that stream out. */
function unanswered(path: string): Promise<never> & AsyncIterable<never> {
  const failure = (async () => unimplemented(`${path}: the double has no answer for it; give recorder(...) one`))()
  failure.catch(() => {})
  return Object.assign(failure, {
    [Symbol.asyncIterator]: () => ({ next: () => failure }),
  })
}
