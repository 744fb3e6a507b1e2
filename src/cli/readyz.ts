import { get as getHttp, type IncomingMessage } from 'node:http'
import { get as getHttps } from 'node:https'
import { placeOf } from '../protocols/open-socket.js'
import type { Place } from './target.js'

/** Bytes of a page that are read. A polywire server writes about 30 for each check. */
const mostBytes = 65_536

/**
 * What `GET /readyz` of a server says, for one without a health service: `SERVING` for the page of a polywire server that is ready,
 * `NOT_SERVING` for 503. Many sites answer every path with 200 and a page of their own, which says nothing about readiness.
 * @param timeout in milliseconds
 * @returns undefined if it says anything else, or nothing
 */
export function readiness({ address, target, isSecure }: Place, timeout: number): Promise<string | undefined> {
  const { ca, cert, key, serverName, insecure } = target.tls ?? {}
  const tls = { ca: ca as Buffer, cert, key, servername: serverName, rejectUnauthorized: insecure !== true }
  const place = placeOf(address, isSecure ? 443 : 80)
  const signal = AbortSignal.timeout(timeout)
  const where = { ...('path' in place ? { socketPath: place.path } : place), path: '/readyz', signal }
  return new Promise(resolve => {
    const answered = async (response: IncomingMessage) => {
      if (response.statusCode !== 200) {
        response.destroy()
        return resolve(response.statusCode === 503 ? 'NOT_SERVING' : undefined)
      }
      resolve((await isReadyPage(response)) ? 'SERVING' : undefined)
    }
    const request = isSecure ? getHttps({ ...where, ...tls }, answered) : getHttp(where, answered)
    request.once('error', () => resolve(undefined))
  })
}

/** Whether it is `{"status":"ready","checks":{...}}`, which polywire serves at `/readyz`. */
async function isReadyPage(response: IncomingMessage): Promise<boolean> {
  let text = ''
  try {
    for await (const part of response.setEncoding('utf8')) {
      text += part
      if (text.length > mostBytes) return false
    }
    const { status, checks } = JSON.parse(text) ?? {}
    return status === 'ready' && typeof checks === 'object'
  } catch {
    return false
  }
}
