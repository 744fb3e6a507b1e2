import { connect as connectNet, isIP, type NetConnectOpts, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { Endpoint } from '../../core/endpoint.js'
import { connectFailed } from '../failures.js'
import type { ClientSettings } from '../protocol.js'

/**
 * A socket to the endpoint, through TLS where there are TLS settings; the other side has then agreed to HTTP/2.
 * @throws RpcError `unavailable` (`connect_failed`) with delivery `unsent`
 */
export function connect(endpoint: Endpoint, settings: ClientSettings, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = open(endpoint.address, settings)
    const fail = (why: string, cause?: unknown) => {
      settle()
      socket.on('error', () => {})
      socket.destroy()
      reject(connectFailed(endpoint.address, why, cause))
    }
    const aborted = () => fail('the channel was closed')
    const broken = (error: Error) => fail(error.message, error)
    const closed = () => fail('the server closed the connection')
    const timer = settings.clock.schedule(settings.connectTimeout, {
      expire: () => fail(`no connection within ${settings.connectTimeout} ms (connectTimeout)`),
    })
    const settle = () => {
      timer.cancel()
      signal.removeEventListener('abort', aborted)
      socket.off('error', broken)
      socket.off('close', closed)
    }
    socket.on('error', broken)
    socket.on('close', closed)
    signal.addEventListener('abort', aborted)
    if (signal.aborted) return aborted()
    socket.once(settings.tls === undefined ? 'connect' : 'secureConnect', () => {
      if (settings.tls !== undefined && (socket as TLSSocket).alpnProtocol !== 'h2') {
        fail('the server did not agree to HTTP/2 (ALPN h2)')
        return
      }
      settle()
      resolve(socket)
    })
  })
}

function open(address: string, { tls }: ClientSettings): Socket {
  const where = placeOf(address)
  if (tls === undefined) return connectNet({ ...where, noDelay: true } as NetConnectOpts)
  const host = 'host' in where ? where.host : 'localhost'
  const name = tls.serverName ?? (isIP(host) === 0 ? host : undefined)
  const { ca, cert, key } = tls
  const socket = connectTls({
    ...where,
    host,
    ALPNProtocols: ['h2'],
    ...(name === undefined ? {} : { servername: name }),
    ...(ca === undefined ? {} : { ca: ca as string | Buffer | (string | Buffer)[] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  })
  socket.setNoDelay(true)
  return socket
}

/** @param address `host:port`, `[::1]:port` or `unix:/path` */
function placeOf(address: string): { readonly host: string; readonly port: number } | { readonly path: string } {
  if (address.startsWith('unix:')) return { path: address.slice('unix:'.length) }
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  return { host, port: Number(address.slice(colon + 1)) }
}
