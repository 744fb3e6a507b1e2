import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Codec } from '../../../codecs/codec.js'
import type { Peer } from '../../../core/call.js'
import type { RpcError } from '../../../core/rpc-error.js'
import type { HeaderList } from '../../../http2/header-list.js'
import type { ServerHandler } from '../../../http2/server-connection.js'
import type { Http2Stream } from '../../../http2/stream.js'
import { expiredOnArrival, headersTooLarge } from '../../failures.js'
import { firstRequestCame } from '../../first-request.js'
import { Http2ServerBinding } from '../../http2/server/http2-binding.js'
import { serveHttp } from '../../http2/server/serve-http.js'
import type { HttpConnection } from '../../http2/server/stream-listener.js'
import type { MadeMethods } from '../../made-methods.js'
import { peerOf } from '../../peer.js'
import type { Router, ServerSettings } from '../../protocol.js'
import { subtypeOf } from '../content-type.js'
import { type RequestHead, readRequestHead } from './request-head.js'
import { refuse, type ServedCall, type ServedConnection } from './served-call.js'
import { type ServedMethod, servedMethods } from './served-method.js'
import { StreamCall } from './stream.js'
import { UnaryCall } from './unary.js'

/** Serves gRPC on connections that a listener accepts. */
export class GrpcServerBinding extends Http2ServerBinding {
  readonly methods: MadeMethods<ServedMethod>

  constructor(router: Router, settings: ServerSettings) {
    super('grpc', settings)
    this.methods = servedMethods(router, settings)
  }

  protected handlerOf(socket: Duplex, onClose: () => void): ServerHandler {
    return new ConnectionHandler(this, socket, onClose)
  }

  *warmUp(codecs: readonly Codec[]): Iterable<void> {
    for (const method of this.methods.all()) yield method.warmUp(codecs)
  }
}

class ConnectionHandler implements ServerHandler, ServedConnection {
  readonly settings: ServerSettings
  readonly peer: Peer
  /** Of requests that are not gRPC. */
  private http: HttpConnection | undefined = undefined

  constructor(
    private readonly binding: GrpcServerBinding,
    private readonly socket: Duplex,
    readonly onClose: () => void,
  ) {
    this.settings = binding.settings
    this.peer = peerOf(socket, 'grpc')
  }

  onRequest(stream: Http2Stream, headers: HeaderList, ended: boolean): void {
    firstRequestCame(this.socket)
    let head = headers.tag as RequestHead | undefined
    if (head === undefined) {
      head = readRequestHead(headers, this.binding.methods)
      headers.tag = head
    }
    if (head.http !== undefined) {
      this.http ??= { socket: this.socket as Socket, peer: peerOf(this.socket, 'http') }
      serveHttp({ stream, head: head.http, connection: this.http, ended }, this.settings)
      return
    }
    if (head.served === undefined || head.timeout === 0) {
      this.refuse(stream, headers, head.refusal ?? expiredOnArrival(headers.path))
      return
    }
    const call = this.callFor(stream, head)
    stream.handler = call
    call.arm(call.began)
    if (call instanceof StreamCall) call.begin()
    if (ended) call.onData(stream, noBytes, true)
  }

  /** Answers in gRPC, because a gRPC client reads HTTP status 431 as `unknown`. */
  onOversized(stream: Http2Stream, headers: HeaderList): boolean {
    if (subtypeOf(headers.get('content-type') ?? '') === undefined) return false
    this.refuse(stream, headers, headersTooLarge(headers.path, this.settings.limits.headerBytes))
    return true
  }

  private refuse(stream: Http2Stream, { path }: HeaderList, error: RpcError): void {
    this.settings.observer?.callRefused?.({ path, peer: this.peer, error })
    refuse(stream, error)
  }

  private callFor(stream: Http2Stream, head: RequestHead): ServedCall {
    return head.served?.method.schema.kind === 'unary'
      ? new UnaryCall(stream, head, this)
      : new StreamCall(stream, head, this)
  }
}

const noBytes = Buffer.alloc(0)
