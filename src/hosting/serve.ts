import { refuseUnreadCopies } from '../decorators/unread-copies.js'
import type { Served } from '../server/instances.js'
import type { Server } from '../server/running-server.js'
import type { HostingOptions } from './options.js'

/**
 * Serves classes or instances over every protocol on one port.
 *
 * Without `port` it picks a free one: read `server.port`. `server.close()` drains: it lets calls in flight finish, for at most
 * `limits.drainTimeout` (30 s), then cancels them.
 *
 * @example
 * const server = await serve([Hello, new Orders(payments)], { port: 8080, shutdownOn: ['SIGTERM', 'SIGINT'] })
 *
 * @throws RpcError `failed_precondition` if a service, policy or option is invalid; `unavailable` if the registry cannot be reached.
 *   An error with Node's `code`, such as `EADDRINUSE`, if the port is not available
 * @see docs/guide/getting-started.md
 */
export async function serve(services: readonly Served[], options: HostingOptions = {}): Promise<Server> {
  // Now: what calls `serve` is on the stack.
  refuseUnreadCopies()
  // A process that only calls never loads what a server needs.
  const { host } = await import('./host.js')
  return host(services, options)
}
