import type { ActiveCall } from '../../../core/active-call.js'
import type { Link } from '../../protocol.js'
import type { AvroConnection } from './connection.js'

type Dial = (serviceName: string, signal: AbortSignal) => Promise<AvroConnection>

/** The connections to one endpoint: one per service, because a connection's handshake is for one service. */
export class AvroLink implements Link {
  open = true
  onClose: ((error: unknown) => void) | undefined = undefined
  private readonly connections = new Map<string, AvroConnection>()
  private readonly dialing = new Map<string, Promise<AvroConnection>>()
  private readonly abort = new AbortController()

  constructor(private readonly dial: Dial) {}

  readonly handle = (call: ActiveCall): Promise<unknown> => {
    const { serviceName } = call.method
    const connection = this.connections.get(serviceName)
    if (connection !== undefined) return connection.handle(call)
    return new Promise((resolve, reject) => {
      call.onCancel(reject)
      this.connect(serviceName, this.abort.signal).then(dialed => {
        call.offCancel(reject)
        // The caller of a cancelled one has its answer, and nobody would take a second one.
        if (call.canceled === undefined) resolve(dialed.handle(call))
      }, reject)
    })
  }

  /** Concurrent callers share one dial. */
  connect(serviceName: string, signal: AbortSignal): Promise<AvroConnection> {
    let dialing = this.dialing.get(serviceName)
    if (dialing === undefined) {
      dialing = this.dial(serviceName, signal).then(connection => this.connected(serviceName, connection))
      this.dialing.set(serviceName, dialing)
      dialing.catch(() => this.dialing.delete(serviceName))
    }
    return dialing
  }

  async close(): Promise<void> {
    this.open = false
    this.onClose = undefined
    this.abort.abort()
    await Promise.all([...this.connections.values()].map(connection => connection.close()))
  }

  private connected(serviceName: string, connection: AvroConnection): AvroConnection {
    // The link was closed in the moment in which the server had answered. Calls that wait learn it from the connection.
    if (!this.open) void connection.close()
    this.connections.set(serviceName, connection)
    connection.onClose = error => this.fell(error)
    return connection
  }

  private fell(error: unknown): void {
    if (!this.open) return
    this.open = false
    this.abort.abort()
    for (const connection of this.connections.values()) void connection.close()
    this.onClose?.(error)
  }
}
