import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { unixPort } from '../unix-port.js'

const offer = Symbol('the offer of HTTP/2 in the first reply of this connection')

interface Offering {
  [offer]?: string | undefined
}

/**
 * Has the first reply of a connection offer HTTP/2 without TLS on the same port: `alt-svc: h2c=":8080"`. With TLS the handshake has chosen
 * the version already. Source: RFC 7838, section 3.
 */
export function prepareOffer(socket: Duplex & { readonly encrypted?: boolean; readonly localPort?: number }): void {
  if (socket.encrypted !== true) (socket as Offering)[offer] = `h2c=":${socket.localPort ?? unixPort}"`
}

export function makeOffer(socket: Duplex, response: ServerResponse): void {
  const due = (socket as Offering)[offer]
  if (due === undefined) return
  ;(socket as Offering)[offer] = undefined
  response.setHeader('alt-svc', due)
}
