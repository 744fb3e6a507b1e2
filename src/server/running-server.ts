import type { Limits } from '../core/limits.js'
import { misuse } from '../core/rpc-error.js'
import type { BoundProtocol, Listener } from './listener.js'
import type { ServiceRouter } from './router.js'

/** A server that runs. */
export interface Server extends AsyncDisposable {
  /** The port it listens on; 0 where it listens on none. */
  readonly port: number
  /** `127.0.0.1:50051`: what a target names to reach it from this machine; the path of a Unix socket as `unix:/path`. */
  readonly address: string
  /** Names of the protocols it speaks. */
  readonly protocols: readonly string[]
  /**
   * Drains: no new connections, new calls on old ones are refused so that clients go elsewhere, calls in flight end. What still runs at the
   * drain limit (default 30 s) is cancelled. Resolves when no handle is left; calling it again returns the same promise.
   */
  close(): Promise<void>
}

interface Parts {
  readonly router: ServiceRouter
  readonly bound: readonly BoundProtocol[]
  readonly listener: Listener | undefined
  readonly limits: Limits
  readonly unpublish: (() => void) | undefined
}

export class RunningServer implements Server {
  private closing: Promise<void> | undefined

  constructor(private readonly parts: Parts) {}

  get port(): number {
    const address = this.parts.listener?.address
    return typeof address === 'object' ? address.port : 0
  }

  get address(): string {
    const address = this.parts.listener?.address
    if (address === undefined)
      throw misuse(
        'not_listening',
        'server.address: the server listens on no socket; it was served with port: false, or is closed',
      )
    if (typeof address === 'string') return `unix:${address}`
    return `${reachable(address.host)}:${address.port}`
  }

  get protocols(): readonly string[] {
    return this.parts.bound.map(({ protocol }) => protocol.name)
  }

  close(): Promise<void> {
    this.closing ??= this.drain()
    return this.closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  private async drain(): Promise<void> {
    const { router, bound, listener, limits, unpublish } = this.parts
    router.drain()
    unpublish?.()
    const closed = listener?.close()
    const timer = setTimeout(() => {
      for (const { binding } of bound) binding.destroy()
    }, limits.drain)
    await Promise.all(bound.map(({ binding }) => binding.drain()))
    clearTimeout(timer)
    await closed
  }
}

/** A wildcard address is reached over loopback. */
function reachable(host: string): string {
  if (host === '::' || host === '0.0.0.0') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
