import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** What counts in `limits.callsPerConnection` while a handler runs: a connection of HTTP/1.1, or the response over HTTP/2. */
export interface Holder {
  /** A handler begins. */
  hold(): void
  /** It has settled. */
  release(): void
}

/** The handlers of a connection that run, also those of calls that were answered when their time was over. */
class RunningHandlers implements Holder {
  count = 0

  hold(): void {
    this.count++
  }

  release(): void {
    this.count--
  }
}

const handlers = Symbol('the handlers that run for this connection')

interface Owner {
  [handlers]?: RunningHandlers
}

export function handlersOn(socket: Duplex): number {
  return (socket as Owner)[handlers]?.count ?? 0
}

/** Where the handler of a request counts. */
export function holderOf({ socket }: IncomingMessage, response: object & Partial<Holder>): Holder {
  if (response.hold !== undefined) return response as Holder
  const owner = socket as Owner
  owner[handlers] ??= new RunningHandlers()
  return owner[handlers]
}
