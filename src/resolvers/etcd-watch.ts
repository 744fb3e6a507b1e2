/** What stands in etcd, followed: for the resolver, and for whoever else keeps something there. */
import { Code } from '../core/code.js'
import { failure, type RpcError } from '../core/rpc-error.js'
import type { Class } from '../schema/type.js'
import { withPort } from './address.js'
import { EtcdKv, EtcdWatch, EventType, type WatchEvent, type WatchRequest } from './etcd-api.js'

/** Keys from `key` up to before `range_end`; where that is empty, the one key. */
export interface EtcdRange {
  readonly key: Uint8Array
  readonly range_end: Uint8Array
}

export interface EtcdAccess {
  /** As in targets: `127.0.0.1:2379`, several with commas. */
  readonly authority: string
  /** Ends the watch. */
  readonly signal: AbortSignal
  /** Makes a remote of one of etcd's services, whose calls end with the signal; the watch closes it. */
  connect<T extends object>(service: Class<T>, target: string): T & AsyncDisposable
}

/** @throws RpcError `failed_precondition` (`invalid_target`) where one of them is no address */
export function etcdTarget(authority: string): string {
  return `grpc://${authority
    .split(',')
    .map(member => withPort(member.trim(), 2379))
    .join(',')}`
}

/**
 * Yields all that is there, as if it had just been put (an empty list where there is nothing), then each change, with none missed between.
 * Ends when the signal aborts; then nothing is open any more.
 * @throws RpcError where etcd is away or ends the watch; what is watched anew begins with all that is there
 */
export async function* watchEtcd(range: EtcdRange, access: EtcdAccess): AsyncGenerator<readonly WatchEvent[]> {
  const { signal } = access
  const target = etcdTarget(access.authority)
  // Both are closed when the watch ends, however it does.
  await using kv = access.connect(EtcdKv, target)
  await using watcher = access.connect(EtcdWatch, target)
  const { header, kvs } = await kv.range({ key: range.key, range_end: range.range_end })
  yield kvs.map(entry => ({ type: EventType.PUT, kv: entry }))
  const create: WatchRequest = {
    request: { case: 'create_request', value: { ...range, start_revision: header.revision + 1n } },
  }
  for await (const { events, canceled, cancel_reason } of until(watcher.watch(open(create, signal)), signal)) {
    if (canceled) throw ended(`etcd ended the watch: ${cancel_reason || 'no reason given'}`)
    if (events.length > 0) yield events
  }
  if (!signal.aborted) throw ended('etcd closed the watch')
}

function ended(message: string): RpcError {
  return failure('resolver_failed', Code.unavailable, message)
}

/** The replies until the signal aborts, which cancels the call. */
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

/** The one request of a watch; its stream stays open until the watch ends. */
async function* open(request: WatchRequest, signal: AbortSignal): AsyncGenerator<WatchRequest> {
  yield request
  await new Promise<void>(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
