import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { Code } from '../core/code.js'
import { RpcError } from '../core/rpc-error.js'

/** The client's first bytes of HTTP/2 (RFC 9113, section 3.4), and empty SETTINGS. A server of HTTP/1.1 answers them with an error. */
const greeting = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
])
const patience = 5000
const settingsType = 4

/**
 * Which wire an address speaks: HTTP/2 is taken for gRPC, HTTP/1.1 for Connect; undefined for any other.
 * @throws RpcError `unavailable` if nothing listens there
 */
export function probe(address: string): Promise<'grpc' | 'http' | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(optionsOf(address))
    let head = Buffer.alloc(0)
    const decide = (wire: 'grpc' | 'http' | undefined) => {
      socket.destroy()
      resolve(wire)
    }
    socket.setTimeout(patience, () => decide(undefined))
    socket.once('connect', () => socket.write(greeting))
    socket.on('data', chunk => {
      head = Buffer.concat([head, chunk])
      if (head.length < 9) return
      const text = head.toString('latin1', 0, 5)
      decide(text === 'HTTP/' ? 'http' : head[3] === settingsType && head.readUInt32BE(5) === 0 ? 'grpc' : undefined)
    })
    socket.once('error', error => {
      socket.destroy()
      if (socket.bytesWritten > 0) resolve(undefined)
      else reject(unreachable(address, error))
    })
    socket.once('close', () => resolve(undefined))
  })
}

function optionsOf(address: string): { path: string } | { host: string; port: number } {
  if (address.startsWith('unix:')) return { path: address.slice('unix:'.length) }
  const at = address.lastIndexOf(':')
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) }
}

/** Resolves if something listens there. @throws RpcError `unavailable` if not */
export function listens(address: string): Promise<void> {
  // Without a port, the protocol's own applies.
  if (!/^unix:|:\d+$/.test(address)) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const socket = connect(optionsOf(address))
    socket.setTimeout(patience, () => socket.destroy(new Error(`no answer within ${patience / 1000} s`)))
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', error => reject(unreachable(address, error)))
  })
}

/** Dials again and again until something listens. @throws RpcError `unavailable` if nothing does in that time */
export async function listensWithin(address: string, milliseconds: number): Promise<void> {
  const deadline = performance.now() + milliseconds
  for (;;) {
    try {
      return await listens(address)
    } catch (error) {
      if (performance.now() + betweenDials > deadline) throw error
    }
    await setTimeout(betweenDials)
  }
}

const betweenDials = 100

/** An error of a call; one that found nobody in the words of `unreachable`. @param address where it went */
export function asTyped(error: RpcError, address: string): RpcError {
  if (error.reason !== 'connect_failed') return error
  let root: unknown = error
  while (root instanceof Error && root.cause !== undefined) root = root.cause
  return unreachable(address, root)
}

/** What a failed connection means, in the words of someone who types an address. */
export function unreachable(address: string, cause: unknown): RpcError {
  const { code, message } = cause as NodeJS.ErrnoException
  const why =
    code === 'ECONNREFUSED'
      ? 'refused the connection; nothing listens there'
      : code === 'ENOTFOUND'
        ? 'is not known to DNS'
        : `cannot be reached: ${message}`
  return new RpcError(`${address} ${why}`, Code.unavailable, { cause, delivery: 'unsent' })
}
