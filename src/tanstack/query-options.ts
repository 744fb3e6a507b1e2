import type { DataTag } from '@tanstack/query-core'
import { remoteMethod } from '../client/proxy.js'
import type { RpcError } from '../core/rpc-error.js'
import { makeFullClient } from '../web/full-client.js'
import { useFullClient } from '../web/full-client-in-use.js'
import { keyOf, type RemoteKey } from './query-key.js'

// In a page, only methods of full clients can be cancelled.
useFullClient(makeFullClient)

/** What `useQuery`, `fetchQuery` and the like take. */
export interface RemoteQuery<R> {
  /** Service, method and arguments. `getQueryData` knows the type of the reply by it. */
  readonly queryKey: DataTag<RemoteKey, R, RpcError>
  /** Calls the method. TanStack's signal cancels the call, and with it the handler. */
  readonly queryFn: (context: {
    /** Aborts when nobody needs the reply any more. */
    readonly signal: AbortSignal
  }) => Promise<R>
  /** Never: the method's policies retry, and know what can succeed. It also tells TanStack the type of errors. */
  readonly retry: (failures: number, error: RpcError) => boolean
}

/**
 * Makes the options of a TanStack query that calls a unary method. The error of the query is the `RpcError` of the call, or the declared
 * class. Spread the options to add others.
 *
 * @param method a method of a client: `hello.sayHello`
 * @param args its arguments
 *
 * @example
 * const { data, error } = useQuery(queryOptions(hello.sayHello, { name: 'World' }))
 * const user = useQuery({ ...queryOptions(users.get, { id: 7n }), staleTime: 60_000 })
 * await queryClient.invalidateQueries({ queryKey: ['users.Users'] })
 *
 * @throws RpcError `failed_precondition` (`not_a_remote`) if it is not a method of a client
 * @see docs/guide/web.md#tanstack-query
 */
export function queryOptions<A extends unknown[], R>(
  method: (...args: A) => Promise<R>,
  ...args: NoInfer<A>
): RemoteQuery<R> {
  const { schema, call } = remoteMethod(method, 'queryOptions')
  return {
    queryKey: keyOf(schema, args) as RemoteQuery<R>['queryKey'],
    queryFn: ({ signal }) => call({ signal }, args) as Promise<R>,
    retry: never,
  }
}

export function never(): boolean {
  return false
}
