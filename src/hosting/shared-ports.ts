import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { listen } from '../server/listen.js'
import type { ServeOptions } from '../server/serve-options.js'

/** The ports of a server's listeners, in their order. */
export type Ports = readonly number[]

/**
 * Replaces each port 0 by a free one. The supervisor does it once for all workers, so that a worker started later listens where clients
 * expect the server.
 */
export async function choosePorts({ listeners, ...options }: ServeOptions): Promise<Ports> {
  const places = listeners ?? [{ ...options, port: options.port === false ? 0 : (options.port ?? 0) }]
  const held = places.map(place => ({ place, server: createServer() }))
  try {
    // All are kept open until the last is chosen, so that none is chosen twice.
    return await Promise.all(
      held.map(async ({ place, server }) => {
        if (place.port !== undefined && place.port !== 0) return place.port
        await listen(server, { port: 0, host: place.host })
        return (server.address() as AddressInfo).port
      }),
    )
  } finally {
    for (const { server } of held.filter(one => one.server.listening)) {
      server.close()
      await once(server, 'close')
    }
  }
}

/** The options of the same server on these ports. */
export function onPorts<T extends ServeOptions>(options: T, ports: Ports): T {
  const { listeners } = options
  if (listeners === undefined) return { ...options, port: ports[0] }
  return { ...options, listeners: listeners.map((one, index) => ({ ...one, port: ports[index] ?? one.port })) }
}
