import type { IncomingMessage, ServerResponse } from 'node:http'
import { ErrorCode, type Http2Error } from '../../../http2/error.js'
import type { HeaderList } from '../../../http2/header-list.js'
import type { Http2Stream, StreamHandler } from '../../../http2/stream.js'
import { HttpRequest, HttpRequestSocket } from './http-request.js'
import { HttpResponse } from './http-response.js'
import type { HttpConnection } from './stream-listener.js'

export type HttpListener = (request: IncomingMessage, response: ServerResponse) => unknown

/**
 * A request on an HTTP/2 connection that is not gRPC, such as one of Connect, a browser or curl. It goes to the HTTP/1.1 handlers, as the
 * pair of objects that Node's server would pass.
 */
export class HttpExchange implements StreamHandler {
  private readonly request: HttpRequest
  private readonly response: HttpResponse

  constructor(
    private readonly stream: Http2Stream,
    headers: HeaderList,
    { socket, peer }: HttpConnection,
  ) {
    this.request = new HttpRequest(stream, headers, new HttpRequestSocket(socket, stream, peer))
    this.response = new HttpResponse(stream, this.request)
    this.response.once('close', () => this.request.socket.close())
  }

  begin(listener: HttpListener, ended: boolean): void {
    if (ended) this.request.receive(none, true)
    const working = listener(this.nodeRequest, this.nodeResponse)
    if (!(working instanceof Promise)) return
    this.response.hold()
    const release = () => this.response.release()
    working.then(release, release)
  }

  /** Becomes the handler of a stream that had another one. What that one has received of the body is not in the request. */
  takeOver(): void {
    this.stream.handler = this
    if (this.stream.endReceived) this.request.receive(none, true)
  }

  get nodeRequest(): IncomingMessage {
    return this.request as unknown as IncomingMessage
  }

  get nodeResponse(): ServerResponse {
    return this.response as unknown as ServerResponse
  }

  onHeaders(): void {}

  onData(_stream: Http2Stream, chunk: Buffer, ended: boolean): void {
    this.request.receive(chunk, ended)
  }

  onTrailers(): void {
    this.request.receive(none, true)
  }

  onReset(stream: Http2Stream, error: Http2Error): void {
    this.response.isCanceled = stream.wasReset && error.code === ErrorCode.cancel
    this.request.abort()
    this.response.destroy()
    this.request.socket.close()
  }

  onDrain(): void {
    this.response.resume()
  }
}

const none = Buffer.alloc(0)
