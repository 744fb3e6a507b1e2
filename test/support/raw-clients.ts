import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A raw connection to a server of this machine whose errors are expected. */
export async function openSocket(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Resolves when the other side has ended or reset the connection, whatever came before. */
export function gone(socket: Socket): Promise<void> {
  socket.resume()
  if (socket.closed) return Promise.resolve()
  return new Promise(resolve => {
    socket.once('close', () => resolve())
  })
}

/**
 * The same of a connection that is never read from: only writing tells that it has gone.
 * @param byte to write again and again; it is to lead to nothing
 */
export function goneUnread(socket: Socket, byte: Uint8Array): Promise<void> {
  return new Promise(resolve => {
    const timer = setInterval(() => socket.write(byte), 20)
    socket.once('close', () => {
      clearInterval(timer)
      resolve()
    })
  })
}

/** Writes the bytes one at a time, for ever if need be, until the other side has had enough. */
export function drip(
  socket: Socket,
  { every, byte }: { readonly every: number; readonly byte: string },
): Promise<void> {
  const timer = setInterval(() => socket.write(byte), every)
  return gone(socket).finally(() => clearInterval(timer))
}
