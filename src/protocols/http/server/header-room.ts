import { headerListSize, replyHeadersTooLarge } from '../../header-room.js'
import type { Exchange } from './served-call.js'

/** For what the protocol itself writes: status line, date, content type and the like. */
const own = 256

/** Bytes of headers that a call's reply may have: as many as its client sends at most, and over HTTP/2 as it says that it takes. */
export function headerRoom({ settings, response }: Exchange): number {
  const { maxHeaderList = Number.POSITIVE_INFINITY } = response as { maxHeaderList?: number }
  return Math.max(0, Math.min(settings.limits.headerBytes, maxHeaderList) - own)
}

/** @throws RpcError to be reported, for a reply whose headers the client would not take */
export function mustFit(headers: readonly string[], exchange: Exchange, path: string): void {
  const size = headerListSize(headers)
  const room = headerRoom(exchange)
  if (size > room) throw replyHeadersTooLarge(path, size, room)
}
