import { remoteMethod } from '../client/proxy.js'
import type { RpcError } from '../core/rpc-error.js'
import { keyOf, type RemoteKey } from './query-key.js'
import { never } from './query-options.js'

/** What `useMutation` takes. */
export interface RemoteMutation<V, R> {
  /** Service and method. */
  readonly mutationKey: RemoteKey
  /** Calls the method. */
  readonly mutationFn: (variables: V) => Promise<R>
  /** Never: the method's policies retry. It also tells TanStack the type of errors. */
  readonly retry: (failures: number, error: RpcError) => boolean
}

/**
 * Makes the options of a TanStack mutation that calls a unary method with one argument, the variables of `mutate`. TanStack does not cancel
 * mutations, so the call has the method's own timeout.
 *
 * @param method a method of a client: `users.create`
 *
 * @example
 * const { mutate, error } = useMutation(mutationOptions(users.create))
 * mutate({ user: { name: 'Ada' } })
 *
 * @throws RpcError `failed_precondition` (`not_a_remote`) if it is not a method of a client
 * @see docs/guide/web.md#tanstack-query
 */
export function mutationOptions<V, R>(method: (variables: V) => Promise<R>): RemoteMutation<V, R> {
  const { schema, call } = remoteMethod(method, 'mutationOptions')
  return {
    mutationKey: keyOf(schema, []),
    mutationFn: variables => call({}, [variables]) as Promise<R>,
    retry: never,
  }
}
