import { get as getHttp, type IncomingMessage } from 'node:http'
import { get as getHttps } from 'node:https'
import { placeOf } from '../protocols/open-socket.js'
import type { Place } from './target.js'

/**
 * What `GET /readyz` of a server says, for one without a health service: `SERVING` for 200, `NOT_SERVING` for 503.
 * @param timeout in milliseconds
 * @returns undefined if it says anything else, or nothing
 */
export function readiness({ address, target, isSecure }: Place, timeout: number): Promise<string | undefined> {
  const { ca, cert, key, serverName, insecure } = target.tls ?? {}
  const tls = { ca: ca as Buffer, cert, key, servername: serverName, rejectUnauthorized: insecure !== true }
  const place = placeOf(address, isSecure ? 443 : 80)
  const where = { ...('path' in place ? { socketPath: place.path } : place), path: '/readyz' }
  return new Promise(resolve => {
    const answered = (response: IncomingMessage) => {
      response.destroy()
      resolve(response.statusCode === 200 ? 'SERVING' : response.statusCode === 503 ? 'NOT_SERVING' : undefined)
    }
    const request = isSecure ? getHttps({ ...where, ...tls }, answered) : getHttp(where, answered)
    request.setTimeout(timeout, () => request.destroy())
    request.once('error', () => resolve(undefined))
  })
}
