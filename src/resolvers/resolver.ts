import type { Clock } from '../core/clock.js'
import type { Endpoint } from '../core/endpoint.js'
import type { Class } from '../schema/type.js'

/** Finds the endpoints of a name, and goes on finding them. */
export interface Resolver {
  /** As in targets, `grpc+dns://...`. */
  readonly name: string
  /** @throws RpcError `failed_precondition` where the target cannot be right; called at start-up */
  check?(target: ResolverTarget): void
  /**
   * Yields whole sets: the first as soon as it is known, another whenever it changes. Ends when the signal aborts. An error that it throws
   * ends this watch; the channel reports it and watches again with backoff, keeping the last set.
   */
  watch(target: ResolverTarget, context: ResolverContext): AsyncIterable<readonly Endpoint[]>
}

export interface ResolverTarget {
  /** What stands between `://` and `/` or `?`: `10.0.0.1:50051,10.0.0.2:50051`, `127.0.0.1:2379`. */
  readonly authority: string
  /** What stands behind the authority, without its first `/`: a service name in a registry. */
  readonly path: string
  /** Endpoints given as objects, in place of an authority. */
  readonly endpoints: readonly Endpoint[] | undefined
  /** Port of endpoints that name none; undefined where addresses of the protocol are names without ports. */
  readonly defaultPort: number | undefined
}

/** What the channel lends to its resolver. */
export interface ResolverContext {
  /** Aborts when the channel closes. */
  readonly signal: AbortSignal
  readonly clock: Clock
  /** Resolves when an endpoint has failed since it was last asked: time to look again. */
  failure(): Promise<void>
  /** A remote of a registry's service, whose calls end when `signal` aborts; the resolver closes it (`Symbol.asyncDispose`). */
  connect<T extends object>(service: Class<T>, target: string): T & AsyncDisposable
  /** Told of entries that had to be skipped. */
  readonly report: (error: unknown) => void
}
