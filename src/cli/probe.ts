import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { placeOf } from '../protocols/open-socket.js'
import { outOfReach } from './out-of-reach.js'

/** The client's first bytes of HTTP/2 (RFC 9113, section 3.4), and empty SETTINGS. A server of HTTP/1.1 answers them with an error. */
const greeting = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
])
const patience = 5000
const settingsType = 4
type Found = 'grpc' | 'http' | undefined

/**
 * Which wire an address speaks: HTTP/2 is taken for gRPC, HTTP/1.1 for Connect; undefined for any other.
 * @throws RpcError `unavailable` if nothing listens there
 */
export function probe(address: string): Promise<Found> {
  return new Promise((resolve, reject) => {
    const socket = connect(placeOf(address, 0))
    let head = Buffer.alloc(0)
    const decide = (wire: Found) => {
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
      else reject(outOfReach(address, error))
    })
    socket.once('close', () => resolve(undefined))
  })
}

/** Resolves if something listens there. @throws RpcError `unavailable` if not */
export function listens(address: string): Promise<void> {
  // Without a port, the protocol's own applies.
  if (!/^unix:|:\d+$/.test(address)) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const socket = connect(placeOf(address, 0))
    socket.setTimeout(patience, () => socket.destroy(new Error(`no answer within ${patience / 1000} s`)))
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', error => reject(outOfReach(address, error)))
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
