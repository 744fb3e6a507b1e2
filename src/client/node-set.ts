import type { Random } from '../balancers/balancer.js'
import type { Call } from '../core/call.js'
import type { ConnectionChange, EjectionChange } from '../core/call-observer.js'
import type { Clock } from '../core/clock.js'
import type { Endpoint } from '../core/endpoint.js'
import type { RpcError } from '../core/rpc-error.js'
import type { Dialer, LiveConnection } from '../protocols/protocol.js'
import type { HealthWatchSettings } from './health-watch.js'
import { type EndpointInspection, inspectNode } from './inspection.js'
import { ChannelNode } from './node.js'
import type { NodeRecord, OutlierEjection } from './outlier-ejection.js'
import { subsetOf } from './subset.js'
import { usableNodes } from './usable-nodes.js'

export interface NodeSetSettings {
  /** Why there is no endpoint, where the resolver found none. */
  readonly explainEmpty: () => string
  readonly dialer: Dialer
  readonly clock: Clock
  readonly random: Random
  /** Milliseconds. */
  readonly maxReconnectDelay: number
  readonly eager: boolean
  readonly report: (error: unknown) => void
  /** The client's zone, whose nodes are preferred. */
  readonly zone: string | undefined
  /** The number of endpoints to use of a larger set. */
  readonly subset: { readonly size: number; readonly seed: number } | undefined
  readonly ejection: OutlierEjection | undefined
  /** Set if the channel watches the servers' health. */
  readonly health: HealthWatchSettings | undefined
  readonly connectionChanged:
    | ((endpoint: Endpoint, state: ConnectionChange['state'], reason: ConnectionChange['reason']) => void)
    | undefined
  readonly ejectionChanged: ((endpoint: Endpoint, state: EjectionChange['state']) => void) | undefined
  /** Called when an endpoint goes down. */
  readonly wentDown: () => void
  /** Called when an endpoint is gone, with its last call. */
  readonly left: (endpoint: Endpoint) => void
}

/**
 * The nodes of a channel, and which of them may be picked (the rules are in usable-nodes.ts). A node that is down or ejected returns with
 * the first pick after its time; there is no timer for it.
 */
export class NodeSet {
  /** Replaced whole, never changed. */
  usable: readonly ChannelNode[] = []
  private all = new Map<string, ChannelNode>()
  private reviveAt = Number.POSITIVE_INFINITY
  private inNeedAt = Number.POSITIVE_INFINITY
  /** Calls that wait for a change. */
  private readonly waiting = new Set<() => void>()

  constructor(
    private readonly settings: NodeSetSettings,
    private readonly publish: (usable: readonly ChannelNode[]) => void,
  ) {}

  /** Replaces the endpoints. A node whose endpoint stays keeps its link; calls on removed nodes may finish. */
  replace(endpoints: readonly Endpoint[]): void {
    const next = new Map<string, ChannelNode>()
    const { subset } = this.settings
    for (const endpoint of subset === undefined ? endpoints : subsetOf(endpoints, subset.size, subset.seed)) {
      const node = this.all.get(endpoint.address) ?? this.create(endpoint)
      node.endpoint = endpoint
      next.set(endpoint.address, node)
    }
    const removed = [...this.all.values()].filter(({ endpoint }) => !next.has(endpoint.address))
    for (const node of removed) this.closeRemoved(node).catch(this.settings.report)
    this.tellEjections(removed, Number.POSITIVE_INFINITY)
    this.all = next
    this.refresh()
    if (this.settings.eager) for (const node of next.values()) if (node.isIdle) node.dial().catch(() => {})
  }

  inspect(): EndpointInspection[] {
    const now = this.settings.clock.now()
    const usable = new Set(this.usable)
    return [...this.all.values()].map(node => inspectNode(node, now, usable.has(node)))
  }

  connections(): LiveConnection[] {
    return [...this.all.values()].flatMap(node => node.connections)
  }

  reviveDue(): void {
    if (this.reviveAt === Number.POSITIVE_INFINITY) return
    const now = this.settings.clock.now()
    if (now < this.reviveAt) return
    for (const node of this.all.values()) if (node.downUntil !== 0 && node.downUntil <= now) node.revive()
    this.refresh()
  }

  /**
   * A call found no node. Nodes that are down may be up again before their backoff ends, as when replicas restart one after the other. They
   * return on probation after a tenth of their backoff, so that a dead endpoint still gets few dials.
   * @returns whether a node returned
   */
  reviveInNeed(): boolean {
    const now = this.settings.clock.now()
    if (now < this.inNeedAt) return false
    for (const node of this.all.values()) if (node.downUntil !== 0 && node.inNeedFrom <= now) node.revive()
    this.refresh()
    return true
  }

  /** Counts a call that has ended, and ejects a node that fails too often. @param now the time, if it is known */
  callEnded(node: ChannelNode, failed: boolean, now = this.settings.clock.now()): void {
    const { ejection } = this.settings
    if (ejection === undefined) return
    // A success costs two increments. Only a failure, or the end of the interval, looks at the other nodes.
    if (ejection.count(node.record, failed, this.records, now)) this.refresh()
  }

  /** Resolves when the set of usable nodes may have changed. Rejects as soon as the call is cancelled. */
  changed(call: Call): Promise<void> {
    const { clock } = this.settings
    return new Promise((resolve, reject) => {
      const end = () => {
        timer?.cancel()
        this.waiting.delete(changed)
        call.offCancel(canceled)
      }
      const changed = () => {
        end()
        resolve()
      }
      const canceled = (reason: RpcError) => {
        end()
        reject(reason)
      }
      const at = Math.min(this.reviveAt, this.inNeedAt)
      const timer = Number.isFinite(at) ? clock.schedule(at - clock.now(), { expire: changed }) : undefined
      this.waiting.add(changed)
      call.onCancel(canceled)
    })
  }

  /** Why no node is usable, for each endpoint. */
  explain(): string {
    if (this.all.size === 0) return this.settings.explainEmpty()
    const now = this.settings.clock.now()
    return [...this.all.values()]
      .map(({ endpoint, lastError, downUntil }) => {
        const wait = downUntil > now ? ` (next try in ${Math.ceil(downUntil - now)} ms)` : ''
        return `${endpoint.address}: ${lastError?.message ?? 'it was tried already'}${wait}`
      })
      .join('; ')
  }

  async close(): Promise<void> {
    const nodes = [...this.all.values()]
    this.all.clear()
    this.refresh()
    this.tellEjections(nodes, Number.POSITIVE_INFINITY)
    await Promise.all(nodes.map(node => node.close()))
  }

  private async closeRemoved(node: ChannelNode): Promise<void> {
    const { endpoint } = node
    await node.close()
    if (!this.all.has(endpoint.address)) this.settings.left(endpoint)
  }

  private readonly records = (): NodeRecord[] => [...this.all.values()].map(({ record }) => record)

  private create(endpoint: Endpoint): ChannelNode {
    const { dialer, clock, random, maxReconnectDelay, health, connectionChanged } = this.settings
    return new ChannelNode(endpoint, {
      dialer,
      clock,
      random,
      maxReconnectDelay,
      connectionChanged,
      wentDown: () => {
        this.refresh()
        this.settings.wentDown()
      },
      health: health === undefined ? undefined : { ...health, changed: () => this.refresh() },
    })
  }

  /** Tells observers of ejections that began, and of those that are over at this time. */
  private tellEjections(nodes: Iterable<ChannelNode>, now: number): void {
    const { ejectionChanged } = this.settings
    if (ejectionChanged === undefined) return
    for (const { record, endpoint } of nodes) {
      const isEjected = record.ejectedUntil > now
      if (isEjected === record.isToldEjected) continue
      record.isToldEjected = isEjected
      ejectionChanged(endpoint, isEjected ? 'ejected' : 'returned')
    }
  }

  private refresh(): void {
    const now = this.settings.clock.now()
    this.tellEjections(this.all.values(), now)
    this.reviveAt = Number.POSITIVE_INFINITY
    this.inNeedAt = Number.POSITIVE_INFINITY
    for (const { downUntil, inNeedFrom, record } of this.all.values()) {
      if (downUntil !== 0) {
        this.reviveAt = Math.min(this.reviveAt, downUntil)
        this.inNeedAt = Math.min(this.inNeedAt, inNeedFrom)
      }
      if (record.ejectedUntil > now) this.reviveAt = Math.min(this.reviveAt, record.ejectedUntil)
    }
    this.usable = usableNodes(this.all.values(), now, this.settings.zone)
    this.publish(this.usable)
    for (const changed of [...this.waiting]) changed()
  }
}
