import type { AdminOptions } from '../admin/admin.js'
import type { ConsoleOptions } from '../console/options.js'
import type { Duration } from '../core/duration.js'
import type { ServeOptions } from '../server/serve-options.js'

/** Options of `serve`. */
export interface HostingOptions extends ServeOptions {
  /**
   * The registry in which clients find the server: with `etcd://127.0.0.1:2379` they connect to `grpc+etcd://127.0.0.1:2379/hello.Hello`.
   * Default: none.
   */
  readonly register?: string | RegisterOptions
  /**
   * The number of processes that run this program and share the port; `'auto'`: one per core. Code after `serve` runs in each worker and in
   * the supervisor. A worker that dies is restarted with backoff; `close()` drains them one after the other. Default: no workers, this
   * process serves.
   */
  readonly workers?: number | 'auto'
  /**
   * Serves the console at `/_polywire/`: what the server does, its calls and their policies, and a form to call its methods. Only this
   * machine can open it unless `{ token }` or `{ authorize }` is given. It has nothing to do while nobody looks, besides counting calls.
   * Default false.
   */
  readonly console?: boolean | ConsoleOptions
  /**
   * Offers gRPC's admin services (gRFC A38): `grpc.channelz.v1.Channelz`, which shows the channels, servers and connections of the process.
   * Only over gRPC, and only to callers on this machine unless `{ authorize }` is given; `policies` guard them too. Default false.
   */
  readonly admin?: boolean | AdminOptions
  /**
   * Signals at which the server closes, as `close()` does, such as `['SIGTERM', 'SIGINT']`. A second signal ends the process at once. After
   * `close()` the process has no listener of these signals left. Default: none.
   */
  readonly shutdownOn?: readonly NodeJS.Signals[]
}

/** How a server registers itself. */
export interface RegisterOptions {
  /** The registry: `etcd://<member>[,<member>...]`. */
  readonly at: string
  /**
   * The address for clients, `host:port`; default: the host it listens on, or the first IPv4 address of the machine, with the server's
   * port.
   */
  readonly address?: string
  /** Its share of the calls relative to the other servers, above 0; default 1. */
  readonly weight?: number
  /** Its location: clients with the same `zone` prefer it. Default: none. */
  readonly zone?: string
  /** An integer from 0; clients use the servers with the lowest first. Default 0. */
  readonly priority?: number
  /** How long a server that vanished stays registered; default 10 s. */
  readonly ttl?: Duration
}
