import type { Server as HttpServer } from 'node:http'
import type { CallCount } from '../core/call-count.js'
import { type Clock, sleep } from '../core/clock.js'
import type { Limits } from '../core/limits.js'
import { nextObjectId } from '../core/live-set.js'
import { misuse } from '../core/rpc-error.js'
import type { LiveConnection, ServerBinding } from '../protocols/protocol.js'
import type { Metrics, ServerFigures } from '../telemetry/metrics.js'
import type { Admission } from './admission.js'
import type { HealthChecks } from './health-checks.js'
import type { ConnectionInspection, ServerInspection } from './inspection.js'
import type { BoundProtocol, Listener } from './listener.js'
import { type LiveListener, type LiveServer, liveServers } from './live-servers.js'
import type { ServiceRouter } from './router.js'
import { noSecureListener, type ServerTls } from './server-tls.js'
import type { WarmUp, WarmUpOptions } from './warm-up.js'

/** A running server. `await using` closes it. */
export interface Server extends AsyncDisposable {
  /** The port of the first listener; 0 if it has none. */
  readonly port: number
  /**
   * The address of the first listener, as a target on this machine names it: `127.0.0.1:50051`, or `unix:/path`.
   * @throws RpcError `failed_precondition` (`not_listening`) if the server listens on no socket or is closed
   */
  readonly address: string
  /** The addresses of all listeners, in the order in which they were given. */
  readonly addresses: readonly string[]
  /** The port of its metrics, if they have their own; default: undefined. */
  readonly metricsPort: number | undefined
  /** The URL of its console, for a browser on this machine. Default: undefined, it has none. */
  readonly consoleUrl?: string | undefined
  /** The names of its protocols. */
  readonly protocols: readonly string[]
  /**
   * Replaces the certificates for new connections. Open connections keep theirs.
   * @param tls the new certificate and key; options that it leaves out, such as `ca` and `clientCertificate`, stay as they are
   * @param address the listener that gets them; default: every listener with TLS
   * @throws RpcError `failed_precondition` (`invalid_tls`) if they are not usable, in which case the old ones stay, or if no listener has
   *   TLS
   */
  setTls(tls: ServerTls, address?: string): void
  /**
   * Returns what the server is doing now: connections and calls in flight, policies, limits. It reads, and changes nothing. With `workers`
   * each process shows its own: the supervisor has no calls.
   */
  inspect(): ServerInspection
  /**
   * Returns the open connections, the oldest first: peer, protocol, calls in flight, bytes, age. It reads, and changes nothing. With
   * `workers` each process shows its own: the supervisor has none.
   * @param most how many of them; default: 100
   *
   * @example
   * const busiest = server.connections(10_000).sort((a, b) => b.calls - a.calls)[0]
   */
  connections(most?: number): readonly ConnectionInspection[]
  /**
   * Whether the server is ready, as `/readyz` says it: its checks pass, and it is not closing. With `workers` the supervisor is ready if
   * at least one worker is. Never rejects.
   *
   * @example
   * if (!(await server.ready())) console.warn('not ready yet')
   */
  ready(): Promise<boolean>
  /**
   * Compiles now what first calls would compile: the messages of each method, for each protocol. It compiles one method in each turn of the
   * event loop, so a server that runs goes on serving. `serve(..., { eager: true })` does the same before the server listens.
   *
   * @example
   * await server.warmUp({ codecs: ['proto', 'json'] })
   *
   * @throws RpcError `failed_precondition` (`unknown_codec`) if the server has no codec of a name; (`misplaced_option`) with workers, each of
   *   which has methods of its own
   */
  warmUp(options?: WarmUpOptions): Promise<void>
  /**
   * Drains and closes the server. It is not ready from now on. After `limits.drainDelay` (0) it accepts no new connections, refuses new calls so that clients go elsewhere, and lets calls in flight
   * finish. After `limits.drainTimeout` (30 s) it cancels them. Resolves when no handle is left. Further calls return the same promise.
   */
  close(): Promise<void>
}

interface Parts {
  readonly router: ServiceRouter
  readonly bound: readonly BoundProtocol[]
  readonly listeners: readonly Listener[]
  readonly limits: Limits
  readonly clock: Clock
  readonly checks: HealthChecks
  readonly calls: CallCount
  readonly admission: Pick<Admission, 'refusedInAll' | 'peak' | 'busiest' | 'peers' | 'inspect'>
  /** Calls of this process by `memory://`. */
  readonly memory: Pick<ServerBinding, 'drain' | 'destroy'> | undefined
  readonly metrics: Metrics | undefined
  /** Serves the metrics on their own port. */
  readonly scrapes: HttpServer | undefined
  readonly warmUp: WarmUp
}

export class RunningServer implements Server, LiveServer {
  readonly id = nextObjectId()
  private closing: Promise<void> | undefined

  private readonly forgetFigures: (() => void) | undefined

  constructor(private readonly parts: Parts) {
    liveServers.add(this)
    this.forgetFigures = parts.metrics?.addServer(() => this.figures())
  }

  get port(): number {
    const address = this.parts.listeners[0]?.address
    return typeof address === 'object' ? address.port : 0
  }

  get address(): string {
    const [address] = this.addresses
    if (address !== undefined) return address
    throw misuse(
      'not_listening',
      'server.address: the server has no socket, because it was served with port: false or is closed',
    )
  }

  get addresses(): readonly string[] {
    return this.parts.listeners.map(addressOf).filter(address => address !== undefined)
  }

  get metricsPort(): number | undefined {
    const address = this.parts.scrapes?.address()
    return typeof address === 'object' ? address?.port : undefined
  }

  setTls(tls: ServerTls, address?: string): void {
    const listeners = this.parts.listeners.filter(
      listener => listener.isSecure && (address === undefined || addressOf(listener) === address),
    )
    if (listeners.length === 0) throw noSecureListener(address)
    for (const listener of listeners) listener.setTls(tls)
  }

  get protocols(): readonly string[] {
    return this.parts.bound.map(({ protocol }) => protocol.name)
  }

  inspect(): ServerInspection {
    const { router, limits, admission, calls, checks, clock } = this.parts
    const { busiest, peak, most, refused } = admission.peers
    return {
      id: this.id,
      addresses: this.addresses,
      draining: router.leaving,
      health: checks.latest,
      protocols: this.protocolStates,
      calls: calls.inspect(clock.now()),
      refusedConnections: admission.refusedInAll,
      peakConnections: admission.peak,
      busiestConnection: admission.busiest,
      peers: { busiest, peak, most, refused },
      methods: [...router.routes.keys()],
      policies: router.policyStates,
      limits,
    }
  }

  liveConnections(): readonly LiveConnection[] {
    return this.parts.bound.flatMap(({ binding }) => binding.liveConnections?.() ?? [])
  }

  get listeners(): readonly LiveListener[] {
    return this.parts.listeners.map(listener => ({ id: listener.id, address: addressOf(listener) ?? 'closed' }))
  }

  connections(most = 100): readonly ConnectionInspection[] {
    return this.parts.admission.inspect(most)
  }

  async ready(): Promise<boolean> {
    const { router, checks } = this.parts
    return (await checks.pass()) && !router.leaving
  }

  warmUp(options?: WarmUpOptions): Promise<void> {
    return this.parts.warmUp(options)
  }

  close(): Promise<void> {
    this.closing ??= this.drain()
    return this.closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  private get protocolStates(): ServerInspection['protocols'] {
    const states = this.parts.bound.map(({ protocol, binding }) => [
      protocol.name,
      binding.inspect?.() ?? { connections: 0, calls: 0 },
    ])
    return Object.fromEntries(states)
  }

  private figures(): ServerFigures {
    const connections = Object.entries(this.protocolStates).map(([name, { connections }]) => [name, connections])
    return {
      connections: Object.fromEntries(connections),
      refusedConnections: this.parts.admission.refusedInAll,
    }
  }

  private async drain(): Promise<void> {
    const { router, bound, listeners, limits, memory, clock } = this.parts
    router.leave()
    if (limits.drainDelay > 0) await sleep(clock, limits.drainDelay)
    const unfollowed = router.drain()
    const drained = memory?.drain()
    let timer: NodeJS.Timeout | undefined
    let isLate = false
    const destroy = () => {
      for (const { binding } of bound) binding.destroy()
    }
    const timeIsUp = new Promise<void>(resolve => {
      timer = setTimeout(() => {
        isLate = true
        // First, so that their reason is the same on every wire: a connection cancels what it carries as it ends.
        router.oneways.cancel()
        memory?.destroy()
        destroy()
        resolve()
      }, limits.drainTimeout)
    })
    try {
      await Promise.all(listeners.map(listener => listener.close(() => isLate)))
      // Those that came to their protocol after that.
      if (isLate) destroy()
      await Promise.all(bound.map(({ binding }) => binding.drain()))
      await Promise.all([drained, router.oneways.ended(), Promise.race([unfollowed, timeIsUp])])
    } finally {
      clearTimeout(timer)
    }
    await Promise.all(listeners.map(({ gone }) => gone))
    this.forgetFigures?.()
    liveServers.delete(this)
    const { scrapes } = this.parts
    scrapes?.closeAllConnections()
    scrapes?.close()
  }
}

function addressOf({ address }: Listener): string | undefined {
  if (address === undefined) return undefined
  return typeof address === 'string' ? `unix:${address}` : `${reachable(address.host)}:${address.port}`
}

/** A wildcard address is reached over loopback. */
function reachable(host: string): string {
  if (host === '::' || host === '0.0.0.0') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
