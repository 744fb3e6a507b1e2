import { type ConnectOptions, connect } from '../client/connect.js'
import { disconnect } from '../client/proxy.js'
import type { Class } from '../schema/type.js'
import type { Served } from '../server/instances.js'
import type { ServingOptions } from '../server/serve-options.js'
import { serve } from '../server/start-server.js'

/** Options of `pair`. */
export interface PairOptions {
  /** The name of the codec for every message; default `json`. */
  readonly codec?: string
  /** Options of the client, as for `connect`; default: none. */
  readonly client?: ConnectOptions
  /** Options of the server, as for `serve`; default: none. */
  readonly server?: ServingOptions
}

/** A served service and a client of it. `await using` closes both. */
export interface Pair<T> extends AsyncDisposable {
  /** The client. */
  readonly remote: T
  /** Closes the client, then drains the server. */
  close(): Promise<void>
}

let pairs = 0

/**
 * Serves a service in this process and connects to it, without a socket. Every message goes through a real codec, and every policy runs.
 *
 * @example
 * await using hello = await pair(Hello, new HelloService())
 * t.is((await hello.remote.sayHello({ name: 'World' })).message, 'Hello, World!')
 *
 * @throws RpcError `failed_precondition` if the service, a policy or an option is invalid
 * @see docs/guide/testing.md
 */
export async function pair<T extends object>(
  service: Class<T>,
  served: Served,
  options: PairOptions = {},
): Promise<Pair<T>> {
  const name = `pair-${++pairs}`
  const server = await serve([served], { ...options.server, port: false, memory: name })
  const remote = connect(service, `memory://${name}?codec=${options.codec ?? 'json'}`, options.client)
  const close = async () => {
    await disconnect(remote)
    await server.close()
  }
  return { remote, close, [Symbol.asyncDispose]: close }
}
