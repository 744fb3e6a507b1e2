import { EventEventType, type KeyValue } from '../contracts/etcd/api/mvccpb/kv.js'
import type { Endpoint } from '../core/endpoint.js'
import { misuse } from '../core/rpc-error.js'
import { entryRange, readEntry } from './etcd-entry.js'
import { etcdTarget, watchEtcd } from './etcd-watch.js'
import type { Resolver, ResolverContext, ResolverTarget } from './resolver.js'

/**
 * `grpc+etcd://127.0.0.1:2379/hello.Hello`: the endpoints registered under that name, as they come and go. Members of a cluster are
 * separated by commas. While etcd is away the last set stays.
 */
export function etcdResolver(): Resolver {
  return {
    name: 'etcd',
    check(target) {
      etcdTarget(target.authority)
      nameOf(target)
    },
    explainEmpty: target =>
      `etcd ${target.authority} has no valid entry whose key begins with ${JSON.stringify(`${nameOf(target)}/`)}`,
    watch: (target, context) => watch(target, context),
  }
}

async function* watch(target: ResolverTarget, context: ResolverContext): AsyncGenerator<readonly Endpoint[]> {
  const { signal, connect } = context
  const entries = new Entries(context.report)
  for await (const events of watchEtcd(entryRange(nameOf(target)), { authority: target.authority, signal, connect })) {
    for (const { type, kv } of events) {
      if (kv === undefined) continue
      if (type === EventEventType.DELETE) entries.delete(kv)
      else entries.put(kv)
    }
    yield entries.endpoints()
  }
}

/** The entries of a name. An invalid entry is skipped with a warning. */
class Entries {
  private readonly byKey = new Map<string, Endpoint>()

  constructor(private readonly report: (error: unknown) => void) {}

  put({ key, value }: KeyValue): void {
    const name = Buffer.from(key).toString('latin1')
    try {
      const { endpoint, disbelieved } = readEntry(value)
      this.byKey.set(name, endpoint)
      if (disbelieved.length > 0) this.warn(name, `has an invalid ${disbelieved.join(' and ')}, which is ignored`)
    } catch (error) {
      this.byKey.delete(name)
      this.warn(name, `is skipped: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  delete({ key }: KeyValue): void {
    this.byKey.delete(Buffer.from(key).toString('latin1'))
  }

  private warn(name: string, what: string): void {
    this.report(new Error(`etcd: the entry ${JSON.stringify(name)} ${what}`))
  }

  /** The endpoints, each address once. */
  endpoints(): readonly Endpoint[] {
    return [...new Map([...this.byKey.values()].map(endpoint => [endpoint.address, endpoint])).values()]
  }
}

function nameOf({ path }: ResolverTarget): string {
  if (path === '')
    throw misuse('invalid_target', 'etcd: no name to look up; write grpc+etcd://127.0.0.1:2379/hello.Hello')
  return path
}
