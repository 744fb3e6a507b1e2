import type { ConnectionInspection, ServerInspection } from '../server/inspection.js'
import type { Server } from '../server/running-server.js'
import type { ServerTls } from '../server/server-tls.js'
import type { WarmUpOptions } from '../server/warm-up.js'
import type { Registration } from './registration.js'

/** A server with something beside it that ends when it closes: a registration, listeners of signals. */
export class HostedServer implements Server {
  private closing: Promise<void> | undefined

  /** @param closeAll closes the server and what is beside it; called once */
  constructor(
    private readonly server: Server,
    private readonly closeAll: () => Promise<unknown>,
    private readonly beside: {
      /** The URL of its console. Default: that of the server. */
      readonly consoleUrl?: string
      /** Default: as the server says. */
      readonly registration?: Pick<Registration, 'inspect'>
    } = {},
  ) {}

  get port(): number {
    return this.server.port
  }

  get address(): string {
    return this.server.address
  }

  get addresses(): readonly string[] {
    return this.server.addresses
  }

  get consoleUrl(): string | undefined {
    return this.beside.consoleUrl ?? this.server.consoleUrl
  }

  get protocols(): readonly string[] {
    return this.server.protocols
  }

  get metricsPort(): number | undefined {
    return this.server.metricsPort
  }

  inspect(): ServerInspection {
    const { registration } = this.beside
    const inspection = this.server.inspect()
    return registration === undefined ? inspection : { ...inspection, registration: registration.inspect() }
  }

  connections(most?: number): readonly ConnectionInspection[] {
    return this.server.connections(most)
  }

  setTls(tls: ServerTls, address?: string): void {
    this.server.setTls(tls, address)
  }

  ready(): Promise<boolean> {
    return this.server.ready()
  }

  warmUp(options?: WarmUpOptions): Promise<void> {
    return this.server.warmUp(options)
  }

  close(): Promise<void> {
    this.closing ??= this.closeAll().then(() => {})
    return this.closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
