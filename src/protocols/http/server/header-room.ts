import { headerListSize, replyHeadersTooLarge } from '../../header-room.js'
import type { Exchange } from './served-call.js'

/** Bytes of the protocol's own part: status line, date, content type and so on. */
const own = 256

/** The most bytes of a reply's headers: the server's own limit, and over HTTP/2 the client's. */
export function headerRoom({ settings, response }: Exchange): number {
  const { maxHeaderList = Number.POSITIVE_INFINITY } = response as { maxHeaderList?: number }
  return Math.max(0, Math.min(settings.limits.headerBytes, maxHeaderList) - own)
}

/** @throws RpcError for the server's log if the client would not take the headers */
export function mustFit(headers: readonly string[], exchange: Exchange, path: string): void {
  const size = headerListSize(headers)
  const room = headerRoom(exchange)
  if (size > room) throw replyHeadersTooLarge(path, size, room)
}
