import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Codec } from '../../../codecs/codec.js'
import type { Peer } from '../../../core/call.js'
import type { Http2Inspection } from '../../../core/inspection.js'
import type { RpcError } from '../../../core/rpc-error.js'
import { type HeaderBlock, prepareHeaders } from '../../../http2/header-block.js'
import type { HeaderList } from '../../../http2/header-list.js'
import { type ConnectionOptions, serverOptions } from '../../../http2/options.js'
import { ServerConnection, type ServerHandler } from '../../../http2/server-connection.js'
import type { Http2Stream } from '../../../http2/stream.js'
import { expiredOnArrival, headersTooLarge } from '../../failures.js'
import { awaitFirstRequest, firstRequestCame } from '../../first-request.js'
import { liveConnection } from '../../http2/live-connection.js'
import { HttpExchange } from '../../http2/server/http-exchange.js'
import type { HttpConnection, StreamedHead } from '../../http2/server/stream-listener.js'
import type { MadeMethods } from '../../made-methods.js'
import { peerOf } from '../../peer.js'
import type { BindingState, LiveConnection, Router, ServerBinding, ServerSettings } from '../../protocol.js'
import { subtypeOf } from '../content-type.js'
import { type RequestHead, readRequestHead } from './request-head.js'
import { refuse, type ServedCall, type ServedConnection } from './served-call.js'
import { type ServedMethod, servedMethods } from './served-method.js'
import { StreamCall } from './stream.js'
import { UnaryCall } from './unary.js'

/** Serves gRPC on connections that a listener accepts. */
export class GrpcServerBinding implements ServerBinding {
  readonly methods: MadeMethods<ServedMethod>
  private readonly connections = new Set<ServerConnection>()
  private readonly bySocket = new WeakMap<Duplex, ServerConnection>()
  private draining = false
  private drained: (() => void)[] = []
  private readonly connectionOptions: ConnectionOptions

  constructor(
    router: Router,
    readonly settings: ServerSettings,
  ) {
    const { clock, limits } = settings
    this.connectionOptions = serverOptions({
      maxConcurrentStreams: limits.callsPerConnection,
      maxHeaderList: limits.headerBytes,
      unsentBytes: limits.unsentBytes,
      stallTimeout: limits.stallTimeout,
      resetBurst: limits.resetBurst,
      resetsPerSecond: limits.resetsPerSecond,
      idleTimeout: limits.idleTimeout,
      minPingInterval: limits.minPingTime,
      clock: { now: () => clock.now(), after: (delay, run) => clock.schedule(delay, { expire: run }) },
    })
    this.methods = servedMethods(router, settings)
  }

  accept(socket: Duplex, head: Uint8Array): void {
    const handler = new ConnectionHandler(this, socket, () => {
      this.connections.delete(connection)
      if (this.connections.size === 0) for (const resolve of this.drained.splice(0)) resolve()
    })
    const connection = new ServerConnection(socket, handler, this.connectionOptions)
    this.connections.add(connection)
    this.bySocket.set(socket, connection)
    awaitFirstRequest(socket)
    if (head.byteLength > 0) socket.unshift(head)
    socket.resume()
    if (this.draining) void connection.close()
  }

  *warmUp(codecs: readonly Codec[]): Iterable<void> {
    for (const method of this.methods.all()) yield method.warmUp(codecs)
  }

  drain(): Promise<void> {
    this.draining = true
    for (const connection of this.connections) void connection.close()
    if (this.connections.size === 0) return Promise.resolve()
    return new Promise(resolve => this.drained.push(resolve))
  }

  inspect(): BindingState {
    let calls = 0
    for (const { streams } of this.connections) calls += streams.size
    return { connections: this.connections.size, calls }
  }

  liveConnections(): readonly LiveConnection[] {
    return [...this.connections].map(connection => liveConnection(connection, 'grpc'))
  }

  callsOn(socket: Duplex): number {
    return this.bySocket.get(socket)?.streams.size ?? 0
  }

  http2On(socket: Duplex): Http2Inspection | undefined {
    const connection = this.bySocket.get(socket)
    return connection && liveConnection(connection, 'grpc').inspect()
  }

  destroy(): void {
    for (const connection of this.connections) connection.destroy()
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
      this.serveHttp(stream, head.http, ended)
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

  private serveHttp(stream: Http2Stream, head: StreamedHead, ended: boolean): void {
    const { fallback, onStream } = this.settings
    if (fallback === undefined) {
      unsupported ??= prepareHeaders([[':status', '415']])
      stream.sendOnly(unsupported)
      return
    }
    this.http ??= { socket: this.socket as Socket, peer: peerOf(this.socket, 'http') }
    const handler = onStream?.(stream, head, this.http)
    if (handler !== undefined) {
      stream.handler = handler
      if (ended) handler.onData(stream, noBytes, true)
      return
    }
    const exchange = new HttpExchange(stream, head.headers, this.http)
    stream.handler = exchange
    exchange.begin(fallback, ended)
  }

  private callFor(stream: Http2Stream, head: RequestHead): ServedCall {
    return head.served?.method.schema.kind === 'unary'
      ? new UnaryCall(stream, head, this)
      : new StreamCall(stream, head, this)
  }
}

/** The answer to a request that is not gRPC if there is no fallback. Source: gRPC over HTTP/2, "Content-Type". */
let unsupported: HeaderBlock | undefined
const noBytes = Buffer.alloc(0)
