import type { Duplex } from 'node:stream'

const awaited = Symbol('no request has come over the connection yet')

interface Awaited {
  [awaited]?: boolean
}

/** Marks a connection that has had no request yet. Such connections are closed first when a server has too many. */
export function awaitFirstRequest(socket: Duplex): void {
  ;(socket as Awaited)[awaited] = true
}

/** Removes the mark. */
export function firstRequestCame(socket: Duplex): void {
  if ((socket as Awaited)[awaited] === true) (socket as Awaited)[awaited] = false
}

export function awaitsFirstRequest(socket: Duplex): boolean {
  return (socket as Awaited)[awaited] === true
}
