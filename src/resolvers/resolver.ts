import type { Clock } from '../core/clock.js'
import type { Endpoint } from '../core/endpoint.js'
import type { Class } from '../schema/type.js'

/**
 * Finds the endpoints of a target, and follows their changes.
 *
 * @example
 * const consul: Resolver = {
 *   name: 'consul',
 *   async *watch({ authority, path }, { signal }) {
 *     for await (const instances of watchConsul(authority, path, signal)) yield instances.map(address => ({ address }))
 *   },
 * }
 * connect(Hello, 'grpc+consul://127.0.0.1:8500/hello.Hello', { resolvers: [consul] })
 *
 * @see docs/guide/discovery.md
 */
export interface Resolver {
  /** The name in targets: `dns` in `grpc+dns://...`. */
  readonly name: string
  /** Whether the path of a target, `/api`, belongs to its servers, and is not a name to look up. Default false. */
  readonly leavesPath?: boolean
  /** Checks a target at start-up. @throws RpcError `failed_precondition` if it is invalid */
  check?(target: ResolverTarget): void
  /**
   * Says what an empty set means, as a clause for the error of a call: `consul has no service hello.Hello`. Default: the resolver found no
   * endpoint for the target.
   */
  explainEmpty?(target: ResolverTarget): string
  /**
   * Yields the whole set of endpoints as soon as it is known, and again at each change, until the signal aborts. If it throws, the channel
   * reports the error, keeps the last set and watches again with backoff.
   */
  watch(target: ResolverTarget, context: ResolverContext): AsyncIterable<readonly Endpoint[]>
}

/** The part of a target that a resolver reads. */
export interface ResolverTarget {
  /** The text between `://` and `/` or `?`: `10.0.0.1:50051,10.0.0.2:50051`, `127.0.0.1:2379`. */
  readonly authority: string
  /** The text after the authority, without the first `/`: a name in a registry. */
  readonly path: string
  /** The endpoints of a target object; undefined if it has none. */
  readonly endpoints: readonly Endpoint[] | undefined
  /** The port of addresses without one; undefined if the protocol's addresses have no ports. */
  readonly defaultPort: number | undefined
}

/** What a channel provides to its resolver. */
export interface ResolverContext {
  /** Aborts when the channel closes. */
  readonly signal: AbortSignal
  /** The channel's clock. */
  readonly clock: Clock
  /** Resolves when an endpoint has failed since the last call: time to look again. */
  failure(): Promise<void>
  /** Creates a client of a registry's service, whose calls end when `signal` aborts. The resolver closes it (`Symbol.asyncDispose`). */
  connect<T extends object>(service: Class<T>, target: string): T & AsyncDisposable
  /** Receives errors of entries that were skipped. */
  readonly report: (error: unknown) => void
}
