import { type ConnectOptions, connect } from '../client/connect.js'
import { disconnect } from '../client/proxy.js'
import type { Class } from '../schema/type.js'
import type { Served } from '../server/instances.js'
import type { ServingOptions } from '../server/serve-options.js'
import { serve } from '../server/start-server.js'

export interface PairOptions {
  /** The codec that every message goes through; default `json`. */
  readonly codec?: string
  readonly client?: ConnectOptions
  readonly server?: ServingOptions
}

export interface Pair<T> extends AsyncDisposable {
  readonly remote: T
  close(): Promise<void>
}

let pairs = 0

/**
 * A service and a remote of it in one process, without a socket: every message goes through a real codec, every policy runs.
 *
 *     await using hello = await pair(Hello, new HelloService())
 *     await hello.remote.sayHello({ name: 'World' })
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
