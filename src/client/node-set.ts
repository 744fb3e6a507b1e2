import type { Random } from '../balancers/balancer.js'
import type { Clock } from '../core/clock.js'
import type { Endpoint } from '../core/endpoint.js'
import type { Dialer } from '../protocols/protocol.js'
import { ChannelNode } from './node.js'

export interface NodeSetSettings {
  readonly dialer: Dialer
  readonly clock: Clock
  readonly random: Random
  readonly eager: boolean
  readonly report: (error: unknown) => void
  /** Told when an endpoint goes down. */
  readonly wentDown: () => void
}

/**
 * Which endpoints there are, and which of them may be picked: those that are not down, of the best priority that has any. Endpoints that are
 * down come back when their backoff is over, at the next pick: no timer runs for them.
 */
export class NodeSet {
  /** Replaced whole, never changed. */
  usable: readonly ChannelNode[] = []
  private all = new Map<string, ChannelNode>()
  private reviveAt = Number.POSITIVE_INFINITY

  constructor(
    private readonly settings: NodeSetSettings,
    private readonly publish: (usable: readonly ChannelNode[]) => void,
  ) {}

  /** A node whose endpoint stays keeps its link; calls on those that go may end. */
  replace(endpoints: readonly Endpoint[]): void {
    const next = new Map<string, ChannelNode>()
    for (const endpoint of endpoints) {
      const node = this.all.get(endpoint.address) ?? this.create(endpoint)
      node.endpoint = endpoint
      next.set(endpoint.address, node)
    }
    for (const [address, node] of this.all) if (!next.has(address)) node.close().catch(this.settings.report)
    this.all = next
    this.refresh()
    if (this.settings.eager) for (const node of next.values()) if (node.link === undefined) node.dial().catch(() => {})
  }

  reviveDue(): void {
    if (this.reviveAt === Number.POSITIVE_INFINITY) return
    const now = this.settings.clock.now()
    if (now < this.reviveAt) return
    for (const node of this.all.values()) if (node.downUntil !== 0 && node.downUntil <= now) node.revive()
    this.refresh()
  }

  /** Why none is usable, endpoint by endpoint. */
  explain(): string {
    if (this.all.size === 0) return 'the resolver found none'
    const now = this.settings.clock.now()
    return [...this.all.values()]
      .map(({ endpoint, lastError, downUntil }) => {
        const wait = downUntil > now ? ` (next try in ${Math.ceil(downUntil - now)} ms)` : ''
        return `${endpoint.address}: ${lastError?.message ?? 'tried already in this call'}${wait}`
      })
      .join('; ')
  }

  async close(): Promise<void> {
    const nodes = [...this.all.values()]
    this.all.clear()
    this.refresh()
    await Promise.all(nodes.map(node => node.close()))
  }

  private create(endpoint: Endpoint): ChannelNode {
    const { dialer, clock, random } = this.settings
    return new ChannelNode(endpoint, {
      dialer,
      clock,
      random,
      wentDown: () => {
        this.refresh()
        this.settings.wentDown()
      },
    })
  }

  private refresh(): void {
    let best = Number.POSITIVE_INFINITY
    let usable: ChannelNode[] = []
    this.reviveAt = Number.POSITIVE_INFINITY
    for (const node of this.all.values()) {
      if (node.downUntil !== 0) {
        this.reviveAt = Math.min(this.reviveAt, node.downUntil)
        continue
      }
      const priority = node.endpoint.priority ?? 0
      if (priority < best) {
        best = priority
        usable = []
      }
      if (priority === best) usable.push(node)
    }
    this.usable = usable
    this.publish(usable)
  }
}
