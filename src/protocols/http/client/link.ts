import type { Socket } from 'node:net'
import type { Client } from 'undici'
import type { ActiveCall } from '../../../core/active-call.js'
import type { Call } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import { RpcError } from '../../../core/rpc-error.js'
import { connectionLost, unboundMethod } from '../../failures.js'
import type { Link } from '../../protocol.js'
import type { BoundMethod } from './bound-method.js'
import { ConnectionPool } from './connection-pool.js'

/** What one attempt needs of the link that it runs on. */
export interface ClientConnection {
  readonly pool: ConnectionPool
  readonly address: string
  /** The server wants no more calls. */
  refused(): void
}

export interface LinkParts {
  readonly address: string
  readonly methods: ReadonlyMap<string, BoundMethod>
  /** Begins one attempt. */
  readonly begin: (connection: ClientConnection, method: BoundMethod, call: ActiveCall) => Promise<unknown>
  /** Makes a client of one connection. */
  readonly open: () => Client
  /** Connections at most. */
  readonly limit: number
  /** The connection that proved the endpoint when it was dialled, until a call needs it. */
  readonly spare: { socket: Socket | undefined }
}

/** Connections to one endpoint, as many as calls in flight. */
export class HttpLink implements Link, ClientConnection {
  readonly address: string
  readonly pool: ConnectionPool
  open = true
  onClose: ((error: unknown) => void) | undefined = undefined
  private ended: Promise<void> = Promise.resolve()

  constructor(private readonly parts: LinkParts) {
    this.address = parts.address
    const { open, limit } = parts
    this.pool = new ConnectionPool({ open, limit, failed: error => this.shut(error) })
  }

  readonly handle = (call: ActiveCall): Promise<unknown> => {
    if (call.canceled !== undefined) return Promise.reject(call.canceled)
    const method = this.parts.methods.get(call.method.path)
    if (!this.open || method === undefined) return Promise.reject(this.unusable(call, method))
    try {
      return this.parts.begin(this, method, call)
    } catch (error) {
      return Promise.reject(RpcError.from(error, Code.internal))
    }
  }

  private unusable(call: Call, method: BoundMethod | undefined): RpcError {
    return method === undefined
      ? unboundMethod(call.method.path)
      : connectionLost(call.method.path, 'it was closed', { address: this.address, delivery: 'unsent' })
  }

  /** No failure: dialling anew reaches whoever serves there now. */
  refused(): void {
    this.shut(undefined)
  }

  close(): Promise<void> {
    this.onClose = undefined
    this.shut(undefined)
    return this.ended
  }

  /** Calls in flight go on to their end; whoever holds the link need not close it any more. */
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
