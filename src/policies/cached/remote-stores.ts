import type { CacheStore } from '../../caches/cache.js'
import { misuse } from '../../core/rpc-error.js'
import type { MethodSchema } from '../../schema/service.js'

/** Makes a store that holds bytes one that holds the replies of a method. */
export type Adapter = (store: CacheStore, method: MethodSchema, warn: (error: unknown) => void) => CacheStore

let adapter: Adapter | undefined

/** Processes that can have remote stores call it. A page has none, and does without the codec that they need. */
export function adaptRemoteStores(adapt: Adapter): void {
  adapter = adapt
}

/** @throws RpcError `failed_precondition` (`invalid_policy`) in a page */
export const adaptedStore: Adapter = (store, method, warn) => {
  if (adapter !== undefined) return adapter(store, method, warn)
  throw misuse('invalid_policy', 'cached: a page cannot use a remote store; leave out store')
}
