import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Codec } from '../codecs/codec.js'
import type { EngineHandler } from '../core/active-call.js'
import type { Call } from '../core/call.js'
import type { CallObserver } from '../core/call-observer.js'
import type { Clock } from '../core/clock.js'
import type { Endpoint } from '../core/endpoint.js'
import type { Http2Inspection } from '../core/inspection.js'
import type { Limits } from '../core/limits.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import type { CorsRules } from './cors.js'
import type { StreamListener } from './http2/server/stream-listener.js'

/**
 * A wire: it turns bytes into calls on the server, and calls into bytes on the client. It holds no state, so any number of servers and
 * channels can share it.
 *
 * @see docs/reference/architecture.md
 */
export interface Protocol {
  /** The scheme in targets: `http` in `http://...`. */
  readonly name: string
  /** The scheme of connections with TLS, such as `https`; undefined if the protocol has no TLS. */
  readonly secureName: string | undefined
  /** Further schemes in targets, with the settings that each stands for: `http2` for `http` with `version=2`. Default: none. */
  readonly aliases?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Those of `aliases` that stand for connections with TLS. Default: none. */
  readonly secureAliases?: readonly string[]
  /** The names by which a TLS client asks for it (ALPN, RFC 7301). Default: its clients ask for none. */
  readonly alpn?: readonly string[]
  /** The port of an address without one; undefined if addresses have no ports. */
  readonly defaultPort: number | undefined
  /** The port of a secure address without one. Default: `defaultPort`. */
  readonly secureDefaultPort?: number
  /** The name of the codec if a target names none. */
  readonly defaultCodec: string
  /** The codecs that a target can name, if the protocol has its own. Default: any codec. */
  readonly codecs?: Readonly<Record<string, Codec>>
  /** The names of the settings that a target can have besides `codec`. `bind` checks their values. Default: none. */
  readonly options?: readonly string[]
  /**
   * Returns why the protocol cannot carry this method, at start-up, as a clause ("Thrift has no streams"); undefined if it can.
   * @param codec the channel's codec; default: `defaultCodec`, which every server must speak
   */
  refuses(method: MethodSchema, codec?: Codec): string | undefined
  /**
   * Whether a connection that begins with these bytes speaks this protocol; undefined if it needs more bytes.
   */
  detect(head: Uint8Array): boolean | undefined
  /** Whether `accept` needs the first bytes even if the server has no other protocol. Default false. */
  readonly needsHead?: boolean
  /**
   * This protocol on a port where no other one speaks HTTP/2: its binding takes such connections, too. Default: the same.
   * @param isOnly whether the port has no other protocol at all, so that every connection is for this one
   */
  withHttp2?(isOnly: boolean): Protocol
  /** Makes the services that a server offers over this protocol in addition to its own: instances of `@Service` classes. */
  standardServices?(router: Router, asked: StandardServicesAsked): StandardServices
  /** Compiles every route, at start-up. The result accepts connections. */
  serve(router: Router, settings: ServerSettings): ServerBinding
  /**
   * Compiles every route for HTTP requests to the same server, such as Thrift's `application/x-thrift`.
   */
  overHttp?(router: Router, settings: ServerSettings): HttpShare
  /** Compiles every method of these services, at start-up. The result dials endpoints. */
  bind(services: readonly ServiceSchema[], settings: ClientSettings): Dialer
}

/** Serves the HTTP requests of one protocol, on a server that has others too. */
export interface HttpShare {
  /** @returns false, without having touched the request, if it does not belong to this protocol */
  (request: IncomingMessage, response: ServerResponse): boolean
  /** Serves some of them on their streams of HTTP/2, for which the pair of objects is not made. Default: none. */
  readonly onStream?: StreamListener
}

/** Which standard services a server offers. */
export interface StandardServicesAsked {
  /** Whether it offers a health service. */
  readonly health: boolean
  /** Whether it offers reflection. */
  readonly reflection: boolean
  /** Whether the server can take calls now, besides that it does not drain. Default: it can. */
  readonly ready?: (() => Promise<boolean>) | undefined
}

/** The requested services that the protocol has. */
export interface StandardServices {
  /** Those for health checks. */
  readonly health: readonly object[]
  /** Those for reflection. */
  readonly reflection: readonly object[]
}

export { refusedHeader } from '../core/refusal.js'

/** A method of a server. */
export interface Route {
  /** The method. */
  readonly method: MethodSchema
  /**
   * Runs policies and method. It always settles: with the reply, or with an RpcError that the peer may see, and at once when the call is
   * cancelled or its deadline passes. The protocol makes and arms the call. The handler finishes it, and calls `settled` when the method
   * has stopped working on it, which may be later.
   */
  readonly handler: EngineHandler
}

/** The services of a server, as its protocols see them. */
export interface Router {
  /** The services. */
  readonly services: readonly ServiceSchema[]
  /** The methods by path, `/hello.Hello/SayHello`. */
  readonly routes: ReadonlyMap<string, Route>
  /** Whether the server drains. Then a new call on an open connection is refused with `unavailable`. */
  readonly draining: boolean
  /** Whether the server is closing: it may still take calls, but is not ready. */
  readonly leaving: boolean
  /** Runs the listener once, when the server begins to close or to drain. @returns a function that removes it */
  onDrain(listener: () => void): () => void
}

/** What a server gives its protocols. */
export interface ServerSettings {
  /** The server's limits. */
  readonly limits: Limits
  /** The server's clock. */
  readonly clock: Clock
  /** The codecs by name. A reply has the codec of its request. */
  readonly codecs: ReadonlyMap<string, Codec>
  /**
   * Serves requests that are not RPCs, on protocols that carry HTTP. Default: they get 404.
   * @returns a promise, if any, that settles when it has stopped working on the request
   */
  readonly fallback?: ((request: IncomingMessage, response: ServerResponse) => unknown) | undefined
  /** Serves requests on streams of HTTP/2 before `fallback`, on protocols that carry HTTP. Default: `fallback` serves them all. */
  readonly onStream?: StreamListener | undefined
  /** Whether the fallback has a page of the server itself for a request, such as `GET /healthz`: no route hides it. Default: it has none. */
  readonly ownsPage?: ((verb: string, path: string) => boolean) | undefined
  /** Whether the fallback gets RPC requests too, runs its middleware and hands them back. Default false. */
  readonly fallbackFirst?: boolean
  /** The name of the service that answers Thrift calls without a service name if several have the method. Default: they are refused. */
  readonly thriftDefault?: string | undefined
  /** Is told of each request that is refused before there is a call. Default: nothing is observed. */
  readonly observer?: Pick<CallObserver, 'callRefused'> | undefined
  /** Which pages of other origins may call. Default: none, and none is reported. */
  readonly cors?: CorsRules | undefined
  /** Receives errors that are hidden from the peer. */
  readonly report: (error: unknown, call?: Call) => void
}

/** A protocol of one server. */
export interface ServerBinding {
  /**
   * Serves a connection.
   * @param head the bytes that were already read from it
   * @param speaksHttp2 whether the port takes connections in HTTP/2 of the same kind, with or without TLS. Default: it does not
   */
  accept(socket: Duplex, head: Uint8Array, speaksHttp2?: boolean): void
  /**
   * Compiles what first calls would compile, one method in each step. Default: nothing is left to them.
   * @param codecs those whose messages to compile; a protocol with an encoding of its own compiles that
   */
  warmUp?(codecs: readonly Codec[]): Iterable<void>
  /** Asks peers to leave: GOAWAY, `connection: close`. Resolves when this protocol has no connection left. */
  drain(): Promise<void>
  /** Closes every connection at once. */
  destroy(): void
  /** Counts what it serves now. Default: unknown. */
  inspect?(): BindingState
  /** Counts the calls in flight on a connection that it accepted. Default: unknown. */
  callsOn?(socket: Duplex): number
  /** Tells more of a connection over HTTP/2 that it accepted. Default: nothing. */
  http2On?(socket: Duplex): Http2Inspection | undefined
  /** Lists its open connections, by ascending ids. Default: they are not listed. */
  liveConnections?(): readonly LiveConnection[]
}

/** An open connection, as it is shown. */
export interface LiveConnection {
  /** A number that no other connection of this process has. */
  readonly id: number
  /** Whether this side serves. */
  readonly isServer: boolean
  /** Its socket, or TLS over it. */
  readonly socket: Duplex
  /** Returns what it has carried. */
  inspect(): Http2Inspection
}

/** What a protocol serves now. */
export interface BindingState {
  /** Open connections. */
  readonly connections: number
  /** Calls in flight, on HTTP/2 its streams. */
  readonly calls: number
}

/** What a channel gives its protocol. */
export interface ClientSettings {
  /** The codec of the messages. */
  readonly codec: Codec
  /** The target's settings that the protocol declares in `options`. Default: none. */
  readonly options?: Readonly<Record<string, string>> | undefined
  /** The channel's limits. */
  readonly limits: Limits
  /** The channel's clock. */
  readonly clock: Clock
  /** TLS material. Default: no TLS. */
  readonly tls?: TlsOptions | undefined
  /** Milliseconds in which a connection must be established. */
  readonly connectTimeout: number
  /** PINGs on HTTP/2. Default: none besides those that follow a call without a sign of life. */
  readonly keepalive?: Keepalive | undefined
  /** Receives each socket before it is connected, to watch its events. Default: they are not shown. */
  readonly onSocket?: ((socket: Socket) => void) | undefined
}

/** When a client asks, over HTTP/2, whether the server is still there (gRFC A8). */
export interface Keepalive {
  /** Milliseconds without a byte from the server until a PING; `Infinity`: never. */
  readonly time: number
  /** Milliseconds without an answer until the connection is given up. */
  readonly timeout: number
  /** Whether to do so while no call is in flight. */
  readonly withoutCalls: boolean
}

/** TLS of a client: PEM texts, as `tls.connect` takes them. */
export interface TlsOptions {
  /** The authorities that sign server certificates. Default: the system's. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[] | undefined
  /** The client's certificate, for mutual TLS. Default: none. */
  readonly cert?: string | Buffer | undefined
  /** The private key of `cert`. Default: none. */
  readonly key?: string | Buffer | undefined
  /** The name that the server's certificate must have. Default: the host of the endpoint. */
  readonly serverName?: string | undefined
  /** Accepts any certificate, of anyone in between too: for a trial against a machine of yours, never in production. Default false. */
  readonly insecure?: boolean | undefined
}

/** A protocol of one channel. */
export interface Dialer {
  /**
   * Loads the libraries that dialing takes. The channel calls it once, before the clock of its first call starts. Default: there are none.
   */
  readonly prepare?: (() => Promise<void>) | undefined
  /** Compiles what first calls would compile, one method in each step. Default: nothing is left to them. */
  warmUp?(): Iterable<void>
  /** Whether the wire carries request headers. Default true. */
  readonly carriesHeaders?: boolean
  /**
   * Connects to an endpoint.
   * @param signal aborts a dial in progress
   * @param loads called with a library that only the server's choice shows to be needed. The clocks of the calls that wait for the dial
   *   stand still while it loads
   * @throws RpcError `unavailable` with delivery `unsent` if there is no connection
   */
  dial(endpoint: Endpoint, signal: AbortSignal, loads?: (library: Promise<unknown>) => void): Promise<Link>
}

/** A connection, or a few, to one endpoint. */
export interface Link {
  /**
   * Sends one attempt. It rejects only with an RpcError, and at once when the call is cancelled. It resolves with the reply, or for a
   * stream of replies with an AsyncIterable as soon as the server has accepted the call.
   */
  readonly handle: EngineHandler
  /** Whether it can begin calls. If it cannot, the channel dials again. */
  readonly open: boolean
  /**
   * Set by the channel. Called once, with the cause, when `open` turns false without `close`; `reason` is the one of a `ConnectionChange`.
   */
  onClose: ((error: unknown, reason?: string) => void) | undefined
  /** Lists its open connections, by ascending ids. Default: they are not listed. */
  liveConnections?(): readonly LiveConnection[]
  /** Closes the connection. Resolves when its calls have ended and no handle is left. */
  close(): Promise<void>
}
