import type { Server } from '../server/running-server.js'
import type { ServerTls } from '../server/server-tls.js'
import type { Registration } from './registration.js'

/** A server that stands in a registry as long as it is open. */
export class RegisteredServer implements Server {
  private closing: Promise<void> | undefined

  constructor(
    private readonly server: Server,
    private readonly registration: Registration,
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

  get protocols(): readonly string[] {
    return this.server.protocols
  }

  setTls(tls: ServerTls, address?: string): void {
    this.server.setTls(tls, address)
  }

  /** Clients are told to go while the server drains: a registry that does not answer holds up no call. */
  close(): Promise<void> {
    this.closing ??= Promise.all([this.registration.close(), this.server.close()]).then(() => {})
    return this.closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
