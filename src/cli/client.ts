import { connectAll } from '../client/connect.js'
import { toMilliseconds } from '../core/duration.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'
import type { Typed } from './command.js'
import type { Place } from './target.js'

/**
 * A client of one method, so that a wire need not carry the others. It makes each call once: retries, hedges and caches of the class would
 * hide the truth.
 */
export function clientOf(
  { service, method }: { readonly service: ServiceSchema; readonly method: MethodSchema },
  place: Place,
  typed: Typed,
): object & AsyncDisposable {
  const connectTimeout = typed.valueOf('connect-timeout')
  const bare = { ...service, policies: [], methods: [{ ...method, policies: [] }] }
  const clients = connectAll([bare], place.target, {
    outlierEjection: false,
    ...(connectTimeout === undefined
      ? {}
      : { connectTimeout: toMilliseconds(connectTimeout as `${number}s`, '--connect-timeout') }),
  })
  return clients.get(service.class as Class<object>) as object & AsyncDisposable
}
