import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/**
 * Whether the callback of a write says that nobody holds the written bytes any more: the kernel, or TLS, has copied them. It does for Node's
 * sockets. An in-memory pair is read in place at its other end, and a `write` that was replaced may keep what it is given.
 */
export function copiesWrites(socket: Duplex): boolean {
  return socket instanceof Socket && socket.write === Socket.prototype.write
}
