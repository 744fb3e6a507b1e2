import type { PreparedOptions } from '../client/client-call.js'
import { optionsOf, standIn } from '../client/proxy.js'
import { unimplemented } from '../core/rpc-error.js'
import { serviceOf } from '../decorators/read-service.js'
import type { Class } from '../schema/type.js'

/** A call that a test double has received. */
export interface RecordedCall {
  /** The method's property: `sayHello`. */
  readonly method: string
  /** The arguments, as given. */
  readonly arguments: readonly unknown[]
  /** The options of `withCall`: headers, timeout in milliseconds and the rest; undefined if the double itself was called. */
  readonly options: PreparedOptions | undefined
}

/** A test double and its calls. */
export interface Recorder<T> {
  /** Replaces the client: it has every method of the service. */
  readonly double: T & AsyncDisposable
  /** The received calls, in order. */
  readonly calls: readonly RecordedCall[]
}

/**
 * Makes a test double of a service's client: it records every call, and replies with the given methods. A method without a reply fails with
 * `unimplemented`. `withCall` and `disconnect` accept the double.
 *
 * @example
 * const { double, calls } = recorder(Hello, { sayHello: async () => ({ message: 'hi' }) })
 * container.bind(remote(Hello)).toConstantValue(double)
 *
 * @throws RpcError `failed_precondition` if the service is invalid
 * @see docs/guide/testing.md
 */
export function recorder<T extends object>(service: Class<T>, answers: Partial<T> = {}): Recorder<T> {
  const schema = serviceOf(service)
  const calls: RecordedCall[] = []
  // On a prototype, as in a client, so that `withCall` can derive another object from it.
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

/** Rejects as a promise and as a stream, because the method may return either. */
function unanswered(path: string): Promise<never> & AsyncIterable<never> {
  const failure = (async () => unimplemented(`${path}: the double has no reply for it; give recorder(...) one`))()
  failure.catch(() => {})
  return Object.assign(failure, {
    [Symbol.asyncIterator]: () => ({ next: () => failure }),
  })
}
