import type { Socket } from 'node:net'
import type { Peer } from '../../../core/call.js'
import type { HeaderList } from '../../../http2/header-list.js'
import type { Http2Stream, StreamHandler } from '../../../http2/stream.js'

/** The connection of a request. */
export interface HttpConnection {
  readonly socket: Socket
  readonly peer: Peer
}

/** The head of requests whose headers arrived in the same bytes. */
export interface StreamedHead {
  readonly headers: HeaderList
  /** What the listener that serves them has read from the headers; undefined if none has. */
  prepared: unknown
}

/**
 * Serves a request on its stream of HTTP/2, for which the pair of objects of Node's HTTP server is not made.
 * @returns the handler of the stream; undefined, without having touched the stream, if the request takes another way
 */
export type StreamListener = (
  stream: Http2Stream,
  head: StreamedHead,
  connection: HttpConnection,
) => StreamHandler | undefined
