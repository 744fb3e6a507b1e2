/** Follows keys in etcd, for the resolver and for configurations. */
import type { WatchRequest } from '../contracts/etcd/api/etcdserverpb/rpc.js'
import { type Event, EventEventType } from '../contracts/etcd/api/mvccpb/kv.js'
import { Code } from '../core/code.js'
import { failure, type RpcError } from '../core/rpc-error.js'
import type { Class } from '../schema/type.js'
import { withPort } from './address.js'
import { EtcdKv, EtcdWatch } from './etcd-api.js'

/** Keys from `key` up to but not including `rangeEnd`; if that is empty, the one key. */
export interface EtcdRange {
  readonly key: Uint8Array
  readonly rangeEnd: Uint8Array
}

export interface EtcdAccess {
  /** The members of the cluster, as in targets: `127.0.0.1:2379`, separated by commas. */
  readonly authority: string
  /** Ends the watch. */
  readonly signal: AbortSignal
  /** Creates a client of a service of etcd, whose calls end with the signal. The watch closes it. */
  connect<T extends object>(service: Class<T>, target: string): T & AsyncDisposable
}

/** @throws RpcError `failed_precondition` (`invalid_target`) if an address is invalid */
export function etcdTarget(authority: string): string {
  return `grpc://${authority
    .split(',')
    .map(member => withPort(member.trim(), 2379))
    .join(',')}`
}

/**
 * Yields the present entries as if they were just written (an empty list if there are none), then every change without a gap. Ends when the
 * signal aborts, with everything closed.
 * @throws RpcError if etcd is away or ends the watch; a new watch starts with the present entries
 */
export async function* watchEtcd(range: EtcdRange, access: EtcdAccess): AsyncGenerator<readonly Event[]> {
  const { signal } = access
  const target = etcdTarget(access.authority)
  // Both are closed when the watch ends, for whatever reason.
  await using kv = access.connect(EtcdKv, target)
  await using watcher = access.connect(EtcdWatch, target)
  const { header, kvs } = await kv.range({ key: range.key, rangeEnd: range.rangeEnd })
  yield kvs.map(entry => ({ type: EventEventType.PUT, kv: entry }))
  const create: WatchRequest = {
    requestUnion: { case: 'create_request', value: { ...range, startRevision: (header?.revision ?? 0n) + 1n } },
  }
  for await (const { events, canceled, cancelReason } of until(watcher.watch(open(create, signal)), signal)) {
    if (canceled) throw ended(`etcd ended the watch: ${cancelReason || 'no reason given'}`)
    if (events.length > 0) yield events
  }
  if (!signal.aborted) throw ended('etcd closed the watch')
}

function ended(message: string): RpcError {
  return failure('resolver_failed', Code.unavailable, message)
}

/** Yields the replies until the signal aborts, which cancels the call. */
async function* until<T>(replies: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = replies[Symbol.asyncIterator]()
  const stop = () => void iterator.return?.()
  signal.addEventListener('abort', stop, { once: true })
  try {
    for (let next = await iterator.next(); !next.done && !signal.aborted; next = await iterator.next()) yield next.value
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', stop)
    await iterator.return?.()
  }
}

/** The only request of a watch. Its stream stays open until the watch ends. */
async function* open(request: WatchRequest, signal: AbortSignal): AsyncGenerator<WatchRequest> {
  yield request
  await new Promise<void>(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
