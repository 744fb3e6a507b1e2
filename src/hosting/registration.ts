import type { CallOptions } from '../client/client-call.js'
import { connect } from '../client/connect.js'
import { disconnect, withCall } from '../client/proxy.js'
import type { LeaseKeepAliveRequest } from '../contracts/etcd/api/etcdserverpb/rpc.js'
import { type Clock, pause } from '../core/clock.js'
import { Code } from '../core/code.js'
import type { Endpoint } from '../core/endpoint.js'
import { failure, misuse, RpcError } from '../core/rpc-error.js'
import { EtcdKv, EtcdLease } from '../resolvers/etcd-api.js'
import { entryKey, entryValue } from '../resolvers/etcd-entry.js'
import type { RegistrationInspection } from '../server/inspection.js'

export interface RegistrationOptions {
  /** The registry: `etcd://127.0.0.1:2379`. Members of a cluster are separated by commas. */
  readonly registry: string
  /** The names of the services to register. */
  readonly names: readonly string[]
  readonly endpoint: Endpoint
  /** The lifetime of the lease in milliseconds, after which etcd drops the entries of a server that vanished; default 10 s. */
  readonly ttl?: number
  readonly clock: Clock
  /** Whether clients may call the server. While they may not, it has no entries. Default: they always may. Never rejects. */
  readonly ready?: () => Promise<boolean>
  readonly report: (error: unknown) => void
}

/**
 * A server's entries in etcd, under a lease that is kept alive. While the server is not ready it has none. They are created again after etcd was away or lost the lease. `close`
 * revokes the lease, so that clients stop calling before the server drains.
 */
export class Registration {
  private readonly kv: EtcdKv
  private readonly lease: EtcdLease
  private readonly abort = new AbortController()
  private readonly ttl: number
  private readonly untilClosed: CallOptions
  private current: bigint | undefined
  private state: RegistrationInspection['state'] = 'withdrawn'
  private running: Promise<void> = Promise.resolve()

  constructor(private readonly options: RegistrationOptions) {
    const members = membersOf(options.registry)
    this.ttl = options.ttl ?? 10_000
    // With a longer delay the lease would end before the next attempt to reach etcd.
    const channel = { clock: options.clock, maxReconnectDelay: this.ttl / 3 }
    this.kv = connect(EtcdKv, members, channel)
    this.lease = connect(EtcdLease, members, channel)
    this.untilClosed = { signal: this.abort.signal }
  }

  /**
   * Called once. Resolves when the entries exist, or the server is not ready.
   * @throws RpcError `unavailable` if etcd cannot be reached, because a server that clients cannot find is a mistake at start-up. It must be
   *   closed then, too
   */
  async open(): Promise<void> {
    const isReady = await this.isReady()
    if (isReady) await this.register()
    this.running = this.keep(isReady)
  }

  /** Removes the entries, within {@link farewell}. If etcd does not answer, they end with their lease. */
  async close(): Promise<void> {
    this.abort.abort()
    await this.running
    try {
      await this.withdraw()
    } catch (error) {
      this.options.report(error)
    }
    await Promise.all([disconnect(this.kv), disconnect(this.lease)])
  }

  inspect(): RegistrationInspection {
    const { registry, endpoint } = this.options
    return { registry, address: endpoint.address, ttl: this.ttl, state: this.state }
  }

  private isReady(): Promise<boolean> {
    return this.options.ready?.() ?? Promise.resolve(true)
  }

  /** Removes the entries, by revoking their lease. */
  private async withdraw(): Promise<void> {
    const { current } = this
    if (current !== undefined) await withCall(this.lease, { timeout: farewell }).leaseRevoke({ id: current })
    this.current = undefined
    this.state = 'withdrawn'
  }

  private async register(): Promise<void> {
    const { id, error } = await withCall(this.lease, this.untilClosed).leaseGrant({
      ttl: BigInt(Math.ceil(this.ttl / 1000)),
    })
    if (error !== '') throw failure('registration_failed', Code.unavailable, `etcd did not grant a lease: ${error}`)
    this.current = id
    const value = entryValue(this.options.endpoint)
    await Promise.all(
      this.options.names.map(name =>
        withCall(this.kv, this.untilClosed).put({
          key: entryKey(name, this.options.endpoint.address),
          value,
          lease: id,
        }),
      ),
    )
    this.state = 'registered'
  }

  /** Renews the lease three times within its lifetime, so that two renewals may be lost. */
  private async keep(alive: boolean): Promise<void> {
    const { clock, report } = this.options
    const { signal } = this.abort
    while (!signal.aborted) {
      await pause(clock, alive ? this.ttl / 3 : Math.min(1000, this.ttl / 3), signal)
      if (signal.aborted) return
      try {
        if (!(await this.isReady())) {
          alive = false
          await this.withdraw()
          continue
        }
        if (alive) alive = await this.refresh()
        if (!alive) await this.register()
        alive = true
        this.state = 'registered'
      } catch (error) {
        if (signal.aborted) return
        report(error)
        this.state = 'failing'
        // etcd may still hold the lease although it could not be reached. So it is asked again, and a new lease is made only if it has
        // none.
        alive = alive && isAway(error)
      }
    }
  }

  /** @returns false if etcd no longer has the lease */
  private async refresh(): Promise<boolean> {
    const replies = withCall(this.lease, this.untilClosed).leaseKeepAlive(once({ id: this.current as bigint }))
    for await (const { ttl } of replies) return ttl > 0n
    return false
  }
}

/** Milliseconds that etcd gets for removing the entries. */
const farewell = 1000

async function* once(request: LeaseKeepAliveRequest): AsyncGenerator<LeaseKeepAliveRequest> {
  yield request
}

function isAway(error: unknown): boolean {
  return error instanceof RpcError && (error.code === Code.unavailable || error.code === Code.deadline_exceeded)
}

function membersOf(registry: string): string {
  const match = /^etcd:\/\/([^/?#]+)\/?$/.exec(registry)
  if (match?.[1] === undefined) {
    throw misuse(
      'invalid_target',
      `register must be the URL of a registry, such as etcd://127.0.0.1:2379, got ${JSON.stringify(registry)}`,
    )
  }
  const members = match[1].split(',').map(member => (/:\d+$/.test(member) ? member : `${member}:2379`))
  return `grpc://${members.join(',')}`
}
