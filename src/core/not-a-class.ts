import { misuse, type RpcError } from './rpc-error.js'
import { shown } from './shown.js'

/** The error of a value in the place of a service class. @param where the function that it was given to: `serve` */
export function notAClass(where: string, value: unknown): RpcError {
  const advice =
    value === undefined
      ? 'is it exported, and do its module and this one import each other?'
      : 'pass the class itself, as in connect(Hello, ...)'
  return misuse('not_a_service', `${where}: a service must be a class, got ${shown(value, 0)}; ${advice}`)
}
