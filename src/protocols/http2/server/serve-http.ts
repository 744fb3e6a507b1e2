import { type HeaderBlock, prepareHeaders } from '../../../http2/header-block.js'
import type { Http2Stream } from '../../../http2/stream.js'
import type { ServerSettings } from '../../protocol.js'
import { HttpExchange } from './http-exchange.js'
import type { HttpConnection, StreamedHead } from './stream-listener.js'

/** A request on a stream of HTTP/2. */
interface StreamedRequest {
  readonly stream: Http2Stream
  readonly head: StreamedHead
  readonly connection: HttpConnection
  /** Whether it has no body. */
  readonly ended: boolean
}

/** Serves a request that is not gRPC: by `onStream`, or by `fallback` with the pair of objects of Node's HTTP server. */
export function serveHttp(
  { stream, head, connection, ended }: StreamedRequest,
  { fallback, onStream }: Pick<ServerSettings, 'fallback' | 'onStream'>,
): void {
  if (fallback === undefined) {
    unsupported ??= prepareHeaders([[':status', '415']])
    stream.sendOnly(unsupported)
    return
  }
  const handler = onStream?.(stream, head, connection)
  if (handler !== undefined) {
    stream.handler = handler
    if (ended) handler.onData(stream, noBytes, true)
    return
  }
  const exchange = new HttpExchange(stream, head.headers, connection)
  stream.handler = exchange
  exchange.begin(fallback, ended)
}

/** The answer to a request that is not gRPC if there is no fallback. Source: gRPC over HTTP/2, "Content-Type". */
let unsupported: HeaderBlock | undefined
const noBytes = Buffer.alloc(0)
