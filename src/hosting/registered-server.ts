import type { Server } from '../server/running-server.js'
import type { ServerTls } from '../server/server-tls.js'
import type { Registration } from './registration.js'

/** A server that is registered as long as it is open. */
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

  /** The registration ends while the server drains, so that a registry that does not answer delays no call. */
  close(): Promise<void> {
    this.closing ??= Promise.all([this.registration.close(), this.server.close()]).then(() => {})
    return this.closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
