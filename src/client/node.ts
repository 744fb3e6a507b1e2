import type { Node, Random } from '../balancers/balancer.js'
import type { Call, Handler } from '../core/call.js'
import type { Clock } from '../core/clock.js'
import { Code } from '../core/code.js'
import type { Endpoint } from '../core/endpoint.js'
import { RpcError } from '../core/rpc-error.js'
import type { Dialer, Link } from '../protocols/protocol.js'
import { reconnectDelay } from './backoff.js'
import { type HealthWatchSettings, watchHealth } from './health-watch.js'
import { NodeRecord } from './outlier-ejection.js'

export interface NodeContext {
  readonly dialer: Dialer
  readonly clock: Clock
  readonly random: Random
  /** Told when a node goes down. */
  readonly wentDown: () => void
  /** Whether to ask servers how they are, and where the answer goes. */
  readonly health: (HealthWatchSettings & { readonly changed: () => void }) | undefined
}

/** The share of its backoff after which a node may be tried where there is no other. */
const needShare = 0.1

/**
 * One endpoint of a channel: its link, and whether it is worth trying. It dials when it is first picked; a failed dial takes it out until its
 * backoff is over.
 */
export class ChannelNode implements Node {
  inFlight = 0
  /** Present exactly while calls can be begun on it. */
  link: Link | undefined
  /** Monotonic milliseconds until which it is not to be picked; 0 while it is up. */
  downUntil = 0
  /** Monotonic milliseconds from which it may be tried nevertheless where there is no other. */
  inNeedFrom = 0
  lastError: RpcError | undefined
  readonly record = new NodeRecord()
  /** The server itself says that it does not serve. */
  notServing = false
  private failures = 0
  private dialing: Promise<Link> | undefined
  private readonly abort = new AbortController()

  constructor(
    public endpoint: Endpoint,
    private readonly context: NodeContext,
  ) {}

  get weight(): number {
    return this.endpoint.weight ?? 1
  }

  /** The link that stands, or a new one; concurrent callers share one dial. */
  dial(): Promise<Link> {
    this.dialing ??= this.context.dialer.dial(this.endpoint, this.abort.signal).then(
      link => this.opened(link),
      (error: unknown) => {
        this.dialing = undefined
        throw this.failed(error)
      },
    )
    return this.dialing
  }

  /** Sends one attempt, over a link that is dialled first where none stands. */
  readonly send: Handler = call => (this.link === undefined ? this.dialAndSend(call) : this.link.handle(call))

  private async dialAndSend(call: Call): Promise<unknown> {
    const link = await this.dial()
    if (call.canceled !== undefined) throw call.canceled
    return link.handle(call)
  }

  /** A call has been answered: whatever failed before is forgotten. */
  proven(): void {
    this.failures = 0
  }

  /** Up again on probation: the next pick dials. */
  revive(): void {
    this.downUntil = 0
  }

  async close(): Promise<void> {
    this.abort.abort()
    const link = this.link
    this.link = undefined
    await link?.close()
  }

  private async opened(link: Link): Promise<Link> {
    this.dialing = undefined
    if (this.abort.signal.aborted) {
      await link.close()
      throw new RpcError(`${this.endpoint.address}: the channel was closed`, Code.canceled, {
        reason: 'channel_closed',
        delivery: 'unsent',
      })
    }
    link.onClose = error => {
      if (this.link === link) this.link = undefined
      // What a new connection reaches is asked anew.
      this.notServing = false
      if (error !== undefined) this.failed(error)
    }
    this.link = link
    this.watchHealth(link)
    return link
  }

  private watchHealth(link: Link): void {
    const { health } = this.context
    if (health === undefined) return
    const told = (serving: boolean) => {
      if (this.link !== link || this.notServing === !serving) return
      this.notServing = !serving
      health.changed()
    }
    void watchHealth(link, health, { signal: this.abort.signal, told })
  }

  private failed(error: unknown): RpcError {
    const { clock, random, wentDown } = this.context
    const known = RpcError.from(error, Code.unavailable)
    this.lastError = known
    if (!this.abort.signal.aborted) {
      this.failures++
      const delay = reconnectDelay(this.failures, random)
      this.inNeedFrom = clock.now() + delay * needShare
      this.downUntil = clock.now() + delay
      wentDown()
    }
    return known
  }
}
