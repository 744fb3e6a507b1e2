import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** What hears the events of a socket. */
export interface SocketOwner {
  readonly streams: { readonly size: number }
  receive(chunk: Buffer): void
  /** The socket takes data again. */
  drained(): void
  /** Nothing more arrives. */
  lose(why: string, cause?: Error, isGraceful?: boolean): void
  socketClosed(): void
}

const owner = Symbol('polywire.http2.owner')

type Owned = Duplex & { [owner]: SocketOwner }

/** Reads a socket, and passes its events on. All sockets share these listeners: closures for each of them are 300 bytes of an idle connection. */
export function listenTo(socket: Duplex, to: SocketOwner): void {
  ;(socket as Owned)[owner] = to
  socket.on('data', onData)
  socket.on('drain', onDrain)
  socket.on('error', onError)
  socket.on('end', onEnd)
  socket.on('close', onClose)
  socket.resume()
  // All that is written in a turn leaves in one write: waiting for more only delays it.
  if (socket instanceof Socket) socket.setNoDelay(true)
}

function onData(this: Duplex, chunk: Buffer): void {
  ;(this as Owned)[owner].receive(chunk)
}

function onDrain(this: Duplex): void {
  ;(this as Owned)[owner].drained()
}

function onError(this: Duplex, error: Error): void {
  ;(this as Owned)[owner].lose(`the connection broke: ${error.message}`, error)
}

function onEnd(this: Duplex): void {
  const to = (this as Owned)[owner]
  to.lose('the peer closed the connection', undefined, to.streams.size === 0)
}

function onClose(this: Duplex): void {
  ;(this as Owned)[owner].socketClosed()
}
