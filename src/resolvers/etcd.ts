import { Code } from '../core/code.js'
import type { Endpoint } from '../core/endpoint.js'
import { misuse, RpcError } from '../core/rpc-error.js'
import { withPort } from './address.js'
import { EtcdKv, EtcdWatch, EventType, type KeyValue, type WatchRequest } from './etcd-api.js'
import { entryRange, readEntry } from './etcd-entry.js'
import type { Resolver, ResolverContext, ResolverTarget } from './resolver.js'

/**
 * `grpc+etcd://127.0.0.1:2379/hello.Hello`: the endpoints that are registered under that name, followed as they come and go. Several members
 * of a cluster stand with commas. While etcd is away the last set stays.
 */
export function etcdResolver(): Resolver {
  return {
    name: 'etcd',
    check(target) {
      membersOf(target)
      nameOf(target)
    },
    watch: (target, context) => watch(target, context),
  }
}

async function* watch(target: ResolverTarget, context: ResolverContext): AsyncGenerator<readonly Endpoint[]> {
  const members = `grpc://${membersOf(target)}`
  const range = entryRange(nameOf(target))
  // Both are closed when the watch ends, however it does.
  await using kv = context.connect(EtcdKv, members)
  await using watcher = context.connect(EtcdWatch, members)
  const known = new Entries(context.report)
  const { header, kvs } = await kv.range(range)
  for (const entry of kvs) known.put(entry)
  yield known.endpoints()
  const create: WatchRequest = {
    request: { case: 'create_request', value: { ...range, start_revision: header.revision + 1n } },
  }
  for await (const { events, canceled, cancel_reason } of until(
    watcher.watch(open(create, context.signal)),
    context.signal,
  )) {
    if (canceled)
      throw new RpcError(`etcd ended the watch: ${cancel_reason || 'no reason given'}`, Code.unavailable, {
        reason: 'resolver_failed',
      })
    if (events.length === 0) continue
    for (const { type, kv: entry } of events) {
      if (type === EventType.DELETE) known.delete(entry)
      else known.put(entry)
    }
    yield known.endpoints()
  }
  if (!context.signal.aborted)
    throw new RpcError('etcd closed the watch', Code.unavailable, { reason: 'resolver_failed' })
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

/** What stands under the name. An entry that is garbage is skipped with a warning; it harms no other. */
class Entries {
  private readonly byKey = new Map<string, Endpoint>()

  constructor(private readonly report: (error: unknown) => void) {}

  put({ key, value }: KeyValue): void {
    const name = Buffer.from(key).toString('latin1')
    try {
      this.byKey.set(name, readEntry(value))
    } catch (error) {
      this.byKey.delete(name)
      this.report(
        new Error(
          `etcd: the entry ${JSON.stringify(name)} is skipped: ${error instanceof Error ? error.message : String(error)}`,
        ),
      )
    }
  }

  delete({ key }: KeyValue): void {
    this.byKey.delete(Buffer.from(key).toString('latin1'))
  }

  /** Each address once. */
  endpoints(): readonly Endpoint[] {
    return [...new Map([...this.byKey.values()].map(endpoint => [endpoint.address, endpoint])).values()]
  }
}

/** The one request of a watch; its stream stays open until the channel closes. */
async function* open(request: WatchRequest, signal: AbortSignal): AsyncGenerator<WatchRequest> {
  yield request
  await new Promise<void>(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function membersOf({ authority }: ResolverTarget): string {
  return authority
    .split(',')
    .map(member => withPort(member.trim(), 2379))
    .join(',')
}

function nameOf({ path }: ResolverTarget): string {
  if (path === '')
    throw misuse('invalid_target', 'etcd: no name to look up; write grpc+etcd://127.0.0.1:2379/hello.Hello')
  return path
}
