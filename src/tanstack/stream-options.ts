import type { DataTag, QueryClient } from '@tanstack/query-core'
import { remoteMethod } from '../client/proxy.js'
import type { RpcError } from '../core/rpc-error.js'
import { keyOf, type RemoteKey } from './query-key.js'
import { never } from './query-options.js'

/** What `useQuery` takes for a stream of replies. */
export interface RemoteStreamQuery<R> {
  /** Service, method and arguments. `getQueryData` knows the type of the replies by it. */
  readonly queryKey: DataTag<RemoteKey, R[], RpcError>
  /** Calls the method, and writes the replies so far to the cache with each one. */
  readonly queryFn: (context: {
    /** Aborts when nobody needs the stream any more. */
    readonly signal: AbortSignal
    /** The client whose cache it writes to. */
    readonly client: QueryClient
  }) => Promise<R[]>
  /** Never: the method's policies retry. It also tells TanStack the type of errors. */
  readonly retry: (failures: number, error: RpcError) => boolean
}

/**
 * Makes the options of a TanStack query that reads a stream of replies. Its data are the replies so far. It is `pending` until the first
 * reply, and `fetching` until the stream ends; a component that unmounts cancels the call. A refetch begins with an empty list.
 *
 * Give the method `@Resumable`, so that a lost network does not fail the query.
 *
 * @param method a method of a client that returns a stream: `feed.follow`
 * @param args its arguments
 *
 * @example
 * const { data = [], isFetching } = useQuery({ ...streamOptions(feed.follow), staleTime: Infinity })
 *
 * @throws RpcError `failed_precondition` (`not_a_remote`) if it is not a method of a client
 * @see docs/guide/web.md#tanstack-query
 */
export function streamOptions<A extends unknown[], R>(
  method: (...args: A) => AsyncIterable<R>,
  ...args: NoInfer<A>
): RemoteStreamQuery<R> {
  const { schema, call } = remoteMethod(method, 'streamOptions')
  const queryKey = keyOf(schema, args) as RemoteStreamQuery<R>['queryKey']
  return {
    queryKey,
    queryFn: async ({ signal, client }) => {
      let replies: R[] = []
      for await (const reply of call({ signal }, args) as AsyncIterable<R>) {
        replies = [...replies, reply]
        if (!signal.aborted) client.setQueryData<R[]>(queryKey as RemoteKey, replies)
      }
      return replies
    },
    retry: never,
  }
}
