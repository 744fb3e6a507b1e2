import type { Random } from '../balancers/balancer.js'
import type { ActiveCall } from '../core/active-call.js'
import type { Call } from '../core/call.js'
import { type Clock, pause } from '../core/clock.js'
import { Code } from '../core/code.js'
import type { Endpoint } from '../core/endpoint.js'
import { detached } from '../core/flow.js'
import { failure, type RpcError } from '../core/rpc-error.js'
import type { Resolver, ResolverContext, ResolverTarget } from '../resolvers/resolver.js'
import type { Class } from '../schema/type.js'
import { reconnectDelay } from './backoff.js'
import { EndpointSets } from './endpoint-sets.js'

export interface ResolutionSource {
  readonly resolver: Resolver
  readonly target: ResolverTarget
  /** Creates clients for the resolver, whose calls end when the signal aborts. */
  connect<T extends object>(service: Class<T>, target: string, signal: AbortSignal): T & AsyncDisposable
}

/** What it means that the resolver found no endpoint. */
export function explainEmpty({ resolver, target }: ResolutionSource): string {
  return resolver.explainEmpty?.(target) ?? `resolver ${resolver.name} found no endpoint for ${nameOf(target)}`
}

const setsInATurn = 16

interface Waiting {
  readonly call: ActiveCall
  readonly resolve: () => void
  readonly reject: (reason: RpcError) => void
}

interface ResolutionSettings {
  readonly clock: Clock
  readonly random: Random
  readonly report: (error: unknown) => void
}

/** Watches the resolver while the channel is open. A failed watch restarts with backoff; the last set of endpoints stays in use. */
export class Resolution {
  /** Whether a set was found. */
  ready = false
  private started = false
  private failure: RpcError | undefined
  private readonly waiting = new Set<Waiting>()
  private failed = signalled()
  private readonly abort = new AbortController()

  private readonly sets: EndpointSets

  constructor(
    private readonly source: ResolutionSource,
    private readonly settings: ResolutionSettings,
    found: (endpoints: readonly Endpoint[]) => void,
  ) {
    this.sets = new EndpointSets(settings.clock, { found, report: settings.report })
  }

  /** Starts the watch, on the first call only. */
  start(): void {
    if (this.started) return
    this.started = true
    void detached(() => this.watch())
  }

  /**
   * Resolves with the first set. Rejects if the call is cancelled, or if the resolver fails before its first set and the call does not wait
   * for ready.
   */
  async first(call: ActiveCall): Promise<void> {
    this.start()
    if (this.failure !== undefined && !call.waitForReady) throw this.failure
    let one: Waiting | undefined
    try {
      await new Promise<void>((resolve, reject) => {
        one = { call, resolve, reject }
        this.waiting.add(one)
        call.onCancel(reject)
      })
    } finally {
      if (one !== undefined) this.waiting.delete(one)
    }
  }

  /** Tells the resolver that an endpoint has failed, so that it may look again. */
  endpointFailed(): void {
    this.failed.resolve()
    this.failed = signalled()
  }

  close(): void {
    this.abort.abort()
    this.sets.close()
    for (const { call, reject } of this.waiting) reject(channelClosed(call))
  }

  private async watch(): Promise<void> {
    const { resolver, target } = this.source
    const { signal } = this.abort
    const { clock, report } = this.settings
    const context: ResolverContext = {
      signal,
      clock,
      report,
      connect: (service, registry) => this.source.connect(service, registry, signal),
      failure: () => this.failed.promise,
    }
    let sets = 0
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        for await (const endpoints of resolver.watch(target, context)) {
          if (signal.aborted) return
          failures = 0
          this.sets.take(endpoints)
          this.ready = true
          this.failure = undefined
          for (const { resolve } of this.waiting) resolve()
          // A resolver that never waits would block the event loop.
          if (++sets % setsInATurn === 0) await new Promise(setImmediate)
        }
        if (this.ready || signal.aborted) return
        throw new Error('its watch ended without a set of endpoints')
      } catch (error) {
        if (signal.aborted) return
        this.settings.report(error)
        this.failure = this.error(error instanceof Error ? error.message : String(error), error)
        for (const { call, reject } of this.waiting) if (!call.waitForReady) reject(this.failure)
        await pause(this.settings.clock, reconnectDelay(Math.max(1, failures), this.settings.random), signal)
      }
    }
  }

  private error(why: string, cause: unknown): RpcError {
    const { resolver, target } = this.source
    const message = `resolver ${resolver.name} cannot find ${nameOf(target)}: ${why}`
    return failure('resolver_failed', Code.unavailable, message, { delivery: 'unsent', cause })
  }
}

function nameOf({ path, authority }: ResolverTarget): string {
  return path || authority
}

/** The error of a call whose channel was closed before it was sent. */
export function channelClosed(call: Call): RpcError {
  const message = `${call.method.path}: its channel was closed first; await the call inside the block of await using, or before disconnect`
  return failure('channel_closed', Code.canceled, message, { delivery: 'unsent' })
}

interface Signalled {
  readonly promise: Promise<void>
  readonly resolve: () => void
}

function signalled(): Signalled {
  let resolve: () => void = () => {}
  const promise = new Promise<void>(settle => {
    resolve = settle
  })
  return { promise, resolve }
}
