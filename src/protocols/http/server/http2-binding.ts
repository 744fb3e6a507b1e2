import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { HeaderList } from '../../../http2/header-list.js'
import type { ServerHandler } from '../../../http2/server-connection.js'
import type { Http2Stream } from '../../../http2/stream.js'
import { unknownMethod } from '../../failures.js'
import { firstRequestCame } from '../../first-request.js'
import { Http2ServerBinding } from '../../http2/server/http2-binding.js'
import { serveHttp } from '../../http2/server/serve-http.js'
import type { HttpConnection, StreamedHead } from '../../http2/server/stream-listener.js'
import { peerOf } from '../../peer.js'
import type { HttpShare, Router, ServerSettings } from '../../protocol.js'
import { shareOf } from './http2-requests.js'
import { refuse } from './refusal.js'
import { exchangeOf } from './served-call.js'

/** HTTP/2 of a server without gRPC: all of its requests are HTTP. */
export class HttpOverHttp2 extends Http2ServerBinding {
  /** @param settings whose `onStream` and `fallback` serve the requests */
  private constructor(settings: ServerSettings) {
    super('http', settings)
  }

  /** Serves the calls of a router, and leaves other requests to the fallback. What that takes is made for the first request. */
  static of(router: Router, settings: ServerSettings): HttpOverHttp2 {
    let made: HttpShare | undefined
    const share = () => {
      made ??= shareOf(router, settings)
      return made
    }
    const { fallback } = settings
    return new HttpOverHttp2({
      ...settings,
      onStream: (stream, head, connection) => share().onStream?.(stream, head, connection),
      fallback: (request, response) => {
        if (share()(request, response)) return undefined
        if (fallback !== undefined) return fallback(request, response)
        return refuse(exchangeOf({ router, settings }, request, response), unknownMethod(request.url ?? ''), {
          status: 404,
        })
      },
    })
  }

  protected handlerOf(socket: Duplex, onClose: () => void): ServerHandler {
    return new ConnectionHandler(socket, this.settings, onClose)
  }
}

class ConnectionHandler implements ServerHandler {
  private readonly connection: HttpConnection

  constructor(
    private readonly socket: Duplex,
    private readonly settings: ServerSettings,
    readonly onClose: () => void,
  ) {
    this.connection = { socket: socket as Socket, peer: peerOf(socket, 'http') }
  }

  onRequest(stream: Http2Stream, headers: HeaderList, ended: boolean): void {
    firstRequestCame(this.socket)
    let head = headers.tag as StreamedHead | undefined
    if (head === undefined) {
      head = { headers, prepared: undefined }
      headers.tag = head
    }
    serveHttp({ stream, head, connection: this.connection, ended }, this.settings)
  }

  onOversized(): boolean {
    return false
  }
}
