import type { ActiveCall } from '../../../core/active-call.js'
import type { Endpoint } from '../../../core/endpoint.js'
import { misuse, RpcError } from '../../../core/rpc-error.js'
import type { ServiceSchema } from '../../../schema/service.js'
import { provideRequire } from '../../bundled-require.js'
import { openSocket } from '../../open-socket.js'
import type { ClientSettings, Dialer, Link } from '../../protocol.js'
import { type AvroOptions, readOptions } from '../options.js'
import { BoundService } from './bound-service.js'
import { ClientConnection, type ClientConnectionSettings } from './connection.js'
import { ClientHandshake } from './handshake.js'

export const defaultPort = 65_111

/** Dials Avro servers. */
export class AvroDialer implements Dialer {
  private readonly services: readonly BoundService[]
  private readonly options: AvroOptions

  /** @throws RpcError `failed_precondition` for a codec other than `avro`, an unknown transport, names that clash */
  constructor(
    services: readonly ServiceSchema[],
    private readonly settings: ClientSettings,
  ) {
    if (settings.codec.name !== 'avro')
      throw misuse('codec_not_carried', `avro: it carries no codec but its own; leave codec=${settings.codec.name} out`)
    this.services = services.map(service => new BoundService(service, settings.limits))
    this.options = readOptions(settings.options)
  }

  async dial(endpoint: Endpoint, signal: AbortSignal): Promise<Link> {
    const handshakes = new Map(this.services.map(service => [service.schema.name, new ClientHandshake(service)]))
    if (this.options.transport === 'http') {
      const { address } = endpoint
      // It brings undici, which takes longer to load than all of this package.
      provideRequire()
      const { HttpLink } = await import('./http-link.js')
      return new HttpLink({ ...this.settings, address, path: this.options.path, handshakes })
    }
    const framing = this.options.transport
    const open = (serviceName: string, abort: AbortSignal) =>
      this.open(endpoint, { handshake: handshakes.get(serviceName) as ClientHandshake, framing }, abort)
    const link = new AvroLink(open)
    const [first] = this.services
    if (first !== undefined) await link.connect(first.schema.name, signal)
    return link
  }

  private async open({ address }: Endpoint, speech: Speech, signal: AbortSignal): Promise<ClientConnection> {
    const { limits, tls, connectTimeout } = this.settings
    const socket = await openSocket({ address, defaultPort, tls, timeout: connectTimeout }, signal)
    const connection = new ClientConnection(socket, { ...speech, limits, address })
    const abort = () => socket.destroy()
    const timer = setTimeout(
      () => socket.destroy(new Error(`no handshake within ${connectTimeout} ms`)),
      connectTimeout,
    )
    signal.addEventListener('abort', abort)
    try {
      await connection.introduce()
      return connection
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
  }
}

type Speech = Pick<ClientConnectionSettings, 'handshake' | 'framing'>
type Open = (serviceName: string, signal: AbortSignal) => Promise<ClientConnection>

/** The connections to one endpoint: one for each service that is called, since a connection's handshake is for one protocol. */
class AvroLink implements Link {
  open = true
  onClose: ((error: unknown) => void) | undefined
  private readonly connections = new Map<string, ClientConnection>()
  private readonly dialling = new Map<string, Promise<ClientConnection>>()
  private readonly abort = new AbortController()

  constructor(private readonly dial: Open) {}

  readonly handle = (call: ActiveCall): Promise<unknown> => {
    const { serviceName } = call.method
    const connection = this.connections.get(serviceName)
    if (connection !== undefined) return connection.send(call)
    return new Promise((resolve, reject) => {
      call.onCancel(reject)
      this.connect(serviceName, this.abort.signal).then(
        dialled => resolve(call.canceled === undefined ? dialled.send(call) : Promise.reject(call.canceled)),
        reject,
      )
    })
  }

  /** Concurrent callers share one dial. */
  connect(serviceName: string, signal: AbortSignal): Promise<ClientConnection> {
    let dialling = this.dialling.get(serviceName)
    if (dialling === undefined) {
      dialling = this.dial(serviceName, signal).then(connection => this.connected(serviceName, connection))
      this.dialling.set(serviceName, dialling)
      dialling.catch(() => this.dialling.delete(serviceName))
    }
    return dialling
  }

  async close(): Promise<void> {
    this.open = false
    this.onClose = undefined
    this.abort.abort()
    await Promise.all([...this.connections.values()].map(connection => connection.finish()))
  }

  private connected(serviceName: string, connection: ClientConnection): ClientConnection {
    this.connections.set(serviceName, connection)
    connection.onClose = error => this.fell(error)
    return connection
  }

  private fell(error: RpcError | undefined): void {
    if (!this.open) return
    this.open = false
    for (const connection of this.connections.values()) void connection.finish()
    this.onClose?.(error)
  }
}
