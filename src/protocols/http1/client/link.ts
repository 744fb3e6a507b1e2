import type { Socket } from 'node:net'
import type { Client } from 'undici'
import type { ActiveCall } from '../../../core/active-call.js'
import { Code } from '../../../core/code.js'
import type { Limits } from '../../../core/limits.js'
import { RpcError } from '../../../core/rpc-error.js'
import { connectionLost } from '../../failures.js'
import type { Link } from '../../protocol.js'
import { ConnectionPool, type ExchangePool } from './connection-pool.js'

/** What a call needs of its link. */
export interface HttpConnections {
  readonly pool: ExchangePool
  readonly address: string
  readonly limits: Limits
  /** Called when the server takes no more calls. */
  refused(): void
  /** Called with the Alt-Svc header of a reply. Default: it is not heeded. */
  offered?(altSvc: string): void
}

/** The connection of the dial, until the first call uses it. */
export interface Spare {
  socket: Socket | undefined
}

/** Begins one call. @throws RpcError if its request cannot be written */
export type Begin = (connections: HttpConnections, call: ActiveCall) => Promise<unknown>

export interface HttpLinkParts {
  readonly address: string
  readonly begin: Begin
  /** Creates a client with one connection. */
  readonly open: () => Client
  readonly limits: Limits
  readonly spare: Spare
}

/** The connections to one endpoint: one per call in flight. */
export class HttpLink implements Link, HttpConnections {
  readonly address: string
  readonly limits: Limits
  readonly pool: ConnectionPool
  open = true
  onClose: ((error: unknown) => void) | undefined = undefined
  /** Called with the Alt-Svc header of each reply that has one (RFC 7838). Default: none is heeded. */
  onOffer: ((altSvc: string) => void) | undefined = undefined
  private ended: Promise<void> = Promise.resolve()

  constructor(private readonly parts: HttpLinkParts) {
    this.address = parts.address
    this.limits = parts.limits
    const { open, limits } = parts
    this.pool = new ConnectionPool({ open, limit: limits.connections, failed: error => this.shut(error) })
  }

  readonly handle = (call: ActiveCall): Promise<unknown> => {
    if (call.canceled !== undefined) return Promise.reject(call.canceled)
    if (!this.open) return Promise.reject(closedBefore(call, this.address))
    try {
      return this.parts.begin(this, call)
    } catch (error) {
      return Promise.reject(RpcError.from(error, Code.internal))
    }
  }

  /** Not a failure: the next dial reaches the server that took over. */
  refused(): void {
    this.shut(undefined)
  }

  offered(altSvc: string): void {
    this.onOffer?.(altSvc)
  }

  /** Takes no more calls, and gives those that wait for a connection to another pool. Calls in flight go on. */
  handOver(pool: ExchangePool): Promise<void> {
    if (!this.open) return this.ended
    this.open = false
    this.onClose = undefined
    this.dropSpare()
    this.ended = this.pool.handOver(pool)
    return this.ended
  }

  close(): Promise<void> {
    this.onClose = undefined
    this.shut(undefined)
    return this.ended
  }

  /** Takes no more calls. Calls in flight go on, and the owner need not close the link. */
  private shut(cause: unknown): void {
    if (!this.open) return
    this.open = false
    this.dropSpare()
    this.ended = this.pool.close()
    this.onClose?.(cause)
  }

  private dropSpare(): void {
    this.parts.spare.socket?.destroy()
    this.parts.spare.socket = undefined
  }
}

function closedBefore({ method }: ActiveCall, address: string): RpcError {
  return connectionLost(method.path, 'it was closed', { address, delivery: 'unsent' })
}
