import type { HeaderValue } from '../../core/headers.js'
import { refusedHeader } from '../protocol.js'
import { readMetadata, trailerPrefix } from './metadata.js'

/** What the client reads of a response's head. */
export interface ReplyHead {
  readonly status: number
  contentType: string
  contentLength: number | undefined
  /** Of a unary body or of a stream's messages; undefined or `identity`: none. */
  encoding: string | undefined
  /** The server proves that no handler saw the call. */
  isRefused: boolean
  /** As for `Headers.adopt`. */
  readonly headers: HeaderValue[]
  readonly trailers: HeaderValue[]
}

/** @param raw names and values in turn, as undici hands them out: bytes of Latin-1 */
export function readReplyHead(status: number, raw: readonly Buffer[]): ReplyHead {
  const head: ReplyHead = {
    status,
    contentType: '',
    contentLength: undefined,
    encoding: undefined,
    isRefused: false,
    headers: [],
    trailers: [],
  }
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] as Buffer).toString('latin1').toLowerCase()
    const value = raw[i + 1] as Buffer
    switch (name) {
      case 'date':
      case 'connection':
      case 'keep-alive':
        break
      case 'content-type':
        head.contentType = value.toString('latin1')
        break
      case 'content-length':
        head.contentLength = Number(value.toString('latin1'))
        break
      case 'content-encoding':
      case 'connect-content-encoding':
        head.encoding = value.toString('latin1')
        break
      case refusedHeader:
        head.isRefused = true
        break
      default:
        if (name.startsWith(trailerPrefix))
          readMetadata(name.slice(trailerPrefix.length), value.toString('latin1'), head.trailers)
        else readMetadata(name, value.toString('latin1'), head.headers)
    }
  }
  return head
}
