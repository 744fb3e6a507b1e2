import type { Node, Random } from '../balancers/balancer.js'
import type { ActiveCall, EngineHandler } from '../core/active-call.js'
import { CallCount } from '../core/call-count.js'
import type { ConnectionChange } from '../core/call-observer.js'
import type { Clock } from '../core/clock.js'
import { Code } from '../core/code.js'
import type { Endpoint } from '../core/endpoint.js'
import { detached } from '../core/flow.js'
import { nextObjectId } from '../core/live-set.js'
import { RpcError } from '../core/rpc-error.js'
import { connectFailed } from '../protocols/failures.js'
import type { Dialer, Link, LiveConnection } from '../protocols/protocol.js'
import { reconnectDelay } from './backoff.js'
import { type HealthWatchSettings, watchHealth } from './health-watch.js'
import { NodeRecord } from './outlier-ejection.js'
import { WaitingCalls } from './waiting-calls.js'

export interface NodeContext {
  readonly dialer: Dialer
  readonly clock: Clock
  readonly random: Random
  /** Milliseconds. */
  readonly maxReconnectDelay: number
  /** Told of connections; undefined if nothing observes them. */
  readonly connectionChanged:
    | ((endpoint: Endpoint, state: ConnectionChange['state'], reason: ConnectionChange['reason']) => void)
    | undefined
  /** Called when a node goes down. */
  readonly wentDown: () => void
  /** How to watch the server's health; undefined if it is not watched. */
  readonly health: (HealthWatchSettings & { readonly changed: () => void }) | undefined
}

/** The share of its backoff after which a node may be dialled if there is no other. */
const needShare = 0.1

/** An endpoint of a channel, with its link. The first pick dials. A failed dial takes the node out until its backoff ends. */
export class ChannelNode implements Node {
  readonly id = nextObjectId()
  /** Attempts of calls. */
  readonly calls = new CallCount()
  inFlight = 0
  /** Set exactly while calls can begin on it. */
  link: Link | undefined
  /** Monotonic milliseconds until which it is down; 0 if it is up. */
  downUntil = 0
  /** Monotonic milliseconds from which it may be dialled if there is no other node. */
  inNeedFrom = 0
  lastError: RpcError | undefined
  readonly record = new NodeRecord()
  /** The server reports that it does not serve. */
  notServing = false
  private failures = 0
  /** Whether a connection was lost, and no call has succeeded since. */
  private isSuspect = false
  private dialing: Promise<Link> | undefined
  private readonly waiting: WaitingCalls
  private readonly abort = new AbortController()

  constructor(
    public endpoint: Endpoint,
    private readonly context: NodeContext,
  ) {
    this.waiting = new WaitingCalls(context.clock)
  }

  /** Its open connections, as far as their protocol lists them. */
  get connections(): readonly LiveConnection[] {
    return this.link?.liveConnections?.() ?? []
  }

  get weight(): number {
    return this.endpoint.weight ?? 1
  }

  /** Whether it is neither connected nor waiting for its backoff. */
  get isIdle(): boolean {
    return this.link === undefined && this.downUntil === 0
  }

  get isDialing(): boolean {
    return this.dialing !== undefined
  }

  /** The open link, or a new one. Concurrent callers share one dial. */
  dial(): Promise<Link> {
    this.dialing ??= detached(() => this.open()).finally(() => {
      this.dialing = undefined
    })
    return this.dialing
  }

  /** The link for a call that waits for it. */
  async dialFor(call: ActiveCall): Promise<Link> {
    this.waiting.add(call)
    try {
      return await this.dial()
    } finally {
      this.waiting.remove(call)
    }
  }

  /** Resolves when its dial succeeds or fails. Rejects as soon as the call is cancelled. */
  dialed(call: ActiveCall): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = () => {
        call.offCancel(reject)
        resolve()
      }
      call.onCancel(reject)
      this.dialFor(call).then(done, done)
    })
  }

  /** Sends one attempt, and dials first if there is no link. */
  readonly send: EngineHandler = call => (this.link === undefined ? this.dialAndSend(call) : this.link.handle(call))

  private async dialAndSend(call: ActiveCall): Promise<unknown> {
    const link = await this.dialFor(call)
    if (call.canceled !== undefined) throw call.canceled
    return link.handle(call)
  }

  /** A call succeeded: resets the backoff. */
  proven(): void {
    this.failures = 0
    this.isSuspect = false
  }

  /** Makes it pickable on probation: the next pick dials. */
  revive(): void {
    this.downUntil = 0
  }

  /** Closes the link. Resolves when its calls have ended and no dial is in progress. */
  async close(): Promise<void> {
    this.abort.abort()
    const { link, dialing } = this
    if (link !== undefined) this.changed('disconnected', 'subchannel shutdown')
    this.link = undefined
    await dialing?.catch(() => {})
    await link?.close()
  }

  private async open(): Promise<Link> {
    const began = this.context.clock.now()
    let link: Link
    try {
      link = await this.context.dialer.dial(this.endpoint, this.abort.signal, this.waiting.loads)
    } catch (error) {
      if (!this.abort.signal.aborted) this.changed('failed')
      throw this.failed(error, this.context.clock.now())
    }
    if (this.abort.signal.aborted) {
      await link.close()
      throw this.linkClosed('the endpoint was removed while it was dialled')
    }
    // A draining server may announce it with its first bytes, before `onClose` is set.
    if (!link.open) {
      await link.close()
      this.changed('failed')
      throw this.failed(this.linkClosed('the server closed the connection at once'), began)
    }
    link.onClose = (error, reason = 'unknown') => {
      if (this.link === link) {
        this.link = undefined
        this.changed('disconnected', reason)
      }
      // A new connection is watched again. Until then the node is usable; otherwise no pick would dial it.
      if (this.notServing) {
        this.notServing = false
        this.context.health?.changed()
      }
      if (error !== undefined) this.lost(error, began)
    }
    this.link = link
    this.changed('connected')
    this.watchHealth(link)
    return link
  }

  private changed(state: ConnectionChange['state'], reason?: string): void {
    this.context.connectionChanged?.(this.endpoint, state, reason)
  }

  private watchHealth(link: Link): void {
    const { health } = this.context
    if (health === undefined) return
    const setServing = (serving: boolean) => {
      if (this.link !== link || this.notServing === !serving) return
      this.notServing = !serving
      health.changed()
    }
    void watchHealth(link, health, { signal: this.abort.signal, setServing })
  }

  private linkClosed(why: string): RpcError {
    return connectFailed(this.endpoint.address, why)
  }

  /**
   * Handles the loss of a link. The next call dials again at once, because a connection that was established resets the backoff (gRPC
   * connection backoff protocol). On some protocols a connection proves only that something accepts it. So a second loss, without a
   * successful call in between, is followed by the backoff.
   * @param began the time of its dial, at which that backoff begins
   */
  private lost(error: unknown, began: number): void {
    if (this.isSuspect) {
      this.failed(error, began)
      return
    }
    this.isSuspect = true
    this.lastError = RpcError.from(error, Code.unavailable)
    if (!this.abort.signal.aborted) this.context.wentDown()
  }

  /** @param since the start of the backoff */
  private failed(error: unknown, since: number): RpcError {
    const { clock, random, maxReconnectDelay, wentDown } = this.context
    const failure = RpcError.from(error, Code.unavailable)
    this.lastError = failure
    if (!this.abort.signal.aborted) {
      this.failures++
      const delay = reconnectDelay(this.failures, random, maxReconnectDelay)
      this.inNeedFrom = since + delay * needShare
      this.downUntil = since + delay
      if (this.downUntil <= clock.now()) this.failures = this.downUntil = 0
      wentDown()
    }
    return failure
  }
}
