import type { Random } from '../balancers/balancer.js'
import type { Call } from '../core/call.js'
import { type Clock, pause } from '../core/clock.js'
import { Code } from '../core/code.js'
import type { Endpoint } from '../core/endpoint.js'
import { RpcError } from '../core/rpc-error.js'
import type { Resolver, ResolverContext, ResolverTarget } from '../resolvers/resolver.js'
import { reconnectDelay } from './backoff.js'

export interface ResolutionSource {
  readonly resolver: Resolver
  readonly target: ResolverTarget
  /** Lent to the resolver. */
  readonly connect: ResolverContext['connect']
}

interface Waiting {
  readonly resolve: () => void
  readonly reject: (reason: RpcError) => void
}

interface ResolutionSettings {
  readonly clock: Clock
  readonly random: Random
  readonly report: (error: unknown) => void
}

/** Watches the resolver for as long as the channel lives; a watch that fails is begun anew with backoff, and the last set stays. */
export class Resolution {
  /** A set has been found. */
  ready = false
  private started = false
  private failure: RpcError | undefined
  private waiting: Waiting[] = []
  private failed = signalled()
  private readonly abort = new AbortController()

  constructor(
    private readonly source: ResolutionSource,
    private readonly settings: ResolutionSettings,
    private readonly found: (endpoints: readonly Endpoint[]) => void,
  ) {}

  /** Begins to watch; nothing is opened before. Calling it again does nothing. */
  start(): void {
    if (this.started) return
    this.started = true
    void this.watch()
  }

  /** Resolves with the first set; rejects where the resolver failed without ever finding one, or the call is cancelled. */
  first(call: Call): Promise<void> {
    this.start()
    if (this.failure !== undefined) return Promise.reject(this.failure)
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject })
      call.onCancel(reject)
    })
  }

  /** An endpoint has failed: the resolver may look whether it is still there. */
  endpointFailed(): void {
    this.failed.resolve()
    this.failed = signalled()
  }

  close(): void {
    this.abort.abort()
    this.settle(waiting => waiting.reject(this.error('the channel was closed', Code.canceled)))
  }

  private async watch(): Promise<void> {
    const { resolver, target } = this.source
    const { signal } = this.abort
    const { clock, report } = this.settings
    const context: ResolverContext = {
      signal,
      clock,
      report,
      connect: this.source.connect,
      failure: () => this.failed.promise,
    }
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        for await (const endpoints of resolver.watch(target, context)) {
          if (signal.aborted) return
          failures = 0
          this.found(endpoints)
          this.ready = true
          this.failure = undefined
          this.settle(waiting => waiting.resolve())
        }
        return
      } catch (error) {
        if (signal.aborted) return
        this.settings.report(error)
        this.failure = this.error(error instanceof Error ? error.message : String(error), Code.unavailable, error)
        const failure = this.failure
        this.settle(waiting => waiting.reject(failure))
        await pause(this.settings.clock, reconnectDelay(Math.max(1, failures), this.settings.random), signal)
      }
    }
  }

  private settle(how: (waiting: Waiting) => void): void {
    const { waiting } = this
    this.waiting = []
    for (const one of waiting) how(one)
  }

  private error(why: string, code: Code, cause?: unknown): RpcError {
    const { resolver, target } = this.source
    const name = target.path || target.authority
    return new RpcError(`resolver ${resolver.name} cannot find ${name}: ${why}`, code, {
      reason: 'resolver_failed',
      delivery: 'unsent',
      cause,
    })
  }
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
