import { headerListSize, replyHeadersTooLarge } from '../../header-room.js'
import type { ServerSettings } from '../../protocol.js'
import type { Exchange } from './served-call.js'

/** Bytes of the protocol's own part: status line, date, content type and so on. */
const own = 256

/** The most bytes of a reply's headers: the server's own limit, and over HTTP/2 the client's. */
export function headerRoom({ settings, response }: Exchange): number {
  const { maxHeaderList = Number.POSITIVE_INFINITY } = response as { maxHeaderList?: number }
  return roomFor(settings, maxHeaderList)
}

/** @param maxHeaderList the client's limit */
export function roomFor({ limits }: ServerSettings, maxHeaderList: number): number {
  return Math.max(0, Math.min(limits.headerBytes, maxHeaderList) - own)
}

/** @throws RpcError for the server's log if the client would not take the headers */
export function mustFit(headers: readonly string[], room: number, path: string): void {
  const size = headerListSize(headers)
  if (size > room) throw replyHeadersTooLarge(path, size, room)
}
