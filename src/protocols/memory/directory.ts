import { misuse } from '../../core/rpc-error.js'
import type { Router, ServerSettings } from '../protocol.js'

/** A server of this process that is reached by name. */
export interface MemoryServer {
  readonly router: Router
  readonly settings: ServerSettings
}

/** Only servers that run, by the name they were given: what ports are to sockets. Each copy of polywire has its own. */
const servers = new Map<string, MemoryServer>()

/**
 * Makes a server reachable as `memory://<name>`.
 * @returns what takes the name back
 * @throws RpcError `failed_precondition` (`name_in_use`)
 */
export function publish(name: string, router: Router, settings: ServerSettings): () => void {
  if (servers.has(name))
    throw misuse(
      'name_in_use',
      `memory://${name}: a server of that name runs already; close it first or choose another name`,
    )
  const server = { router, settings }
  servers.set(name, server)
  return () => {
    if (servers.get(name) === server) servers.delete(name)
  }
}

export function find(name: string): MemoryServer | undefined {
  return servers.get(name)
}
