import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Codec } from '../codecs/codec.js'
import type { EngineHandler } from '../core/active-call.js'
import type { Call } from '../core/call.js'
import type { Clock } from '../core/clock.js'
import type { Endpoint } from '../core/endpoint.js'
import type { Limits } from '../core/limits.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'

/**
 * A wire: bytes to calls on the server, calls to bytes on the client. Every protocol is one folder with one object of this form; it holds no
 * state of its own, so that any number of servers and channels can share it.
 */
export interface Protocol {
  /** As in targets: `http` of `http://...`. */
  readonly name: string
  /** Schemes whose connections use TLS: `https`. */
  readonly secureName: string | undefined
  /** Under TLS: names by which a client asks for it (ALPN, RFC 7301). Undefined: its clients ask for none. */
  readonly alpn?: readonly string[]
  /** Undefined where addresses are names without ports. */
  readonly defaultPort: number | undefined
  /** Default port of secure connections where it is another. */
  readonly secureDefaultPort?: number
  /** Name of the codec where a target names none. */
  readonly defaultCodec: string
  /** Where it has codecs of its own: those that a target can name, by the name that it uses. Undefined: any codec. */
  readonly codecs?: Readonly<Record<string, Codec>>
  /** Names of settings that its targets can have besides `codec`; `bind` checks their values. */
  readonly options?: readonly string[]
  /**
   * Why the protocol cannot carry this method, as a clause ("Thrift has no streams"); undefined where it can. Asked at start-up.
   * @param codec of a channel's messages; default: that of `defaultCodec`, which every server must speak
   */
  refuses(method: MethodSchema, codec?: Codec): string | undefined
  /**
   * Whether a connection that begins with these bytes speaks this protocol.
   * @returns undefined: needs more bytes
   */
  detect(head: Uint8Array): boolean | undefined
  /** Services that a server of this protocol offers besides its own, over it alone. Instances of `@Service` classes. */
  standardServices?(router: Router, asked: StandardServicesAsked): StandardServices
  /** Compiles every route once; connections are then handed to the result. */
  serve(router: Router, settings: ServerSettings): ServerBinding
  /**
   * Its share of the HTTP requests that come to a server which speaks both, such as Thrift's `application/x-thrift`. Compiled once.
   * @returns serves a request; false: it is none of this protocol's, and nothing was read of it or written to it
   */
  overHttp?(router: Router, settings: ServerSettings): (request: IncomingMessage, response: ServerResponse) => boolean
  /** Compiles every method of these services once; endpoints are then dialled with the result. */
  bind(services: readonly ServiceSchema[], settings: ClientSettings): Dialer
}

/** Which standard services a server offers. */
export interface StandardServicesAsked {
  readonly health: boolean
  readonly reflection: boolean
}

/** Those that were asked for and that the protocol has. */
export interface StandardServices {
  readonly health: readonly object[]
  readonly reflection: readonly object[]
}

export { refusedHeader } from '../core/refusal.js'

/** A method that is served. */
export interface Route {
  readonly method: MethodSchema
  /**
   * Runs policies and method. It always settles: with the reply, or rejected with an RpcError that is fit for the peer; and at once when the
   * call is cancelled or its deadline passes. The protocol makes the call and arms it; the handler finishes it, and tells it (`settled`) when
   * the method no longer works on it, which may be later.
   */
  readonly handler: EngineHandler
}

/** What a server serves, as its protocols see it. */
export interface Router {
  readonly services: readonly ServiceSchema[]
  /** By path, `/hello.Hello/SayHello`. */
  readonly routes: ReadonlyMap<string, Route>
  /** True once the server drains: a new call on an old connection is refused as `unavailable`. */
  readonly draining: boolean
  /** Runs the listener once, when the server begins to drain. @returns what takes it back */
  onDrain(listener: () => void): () => void
}

export interface ServerSettings {
  readonly limits: Limits
  readonly clock: Clock
  /** By name; a request is answered in the codec it came in. */
  readonly codecs: ReadonlyMap<string, Codec>
  /** What is no RPC, on protocols that carry HTTP. @returns a promise, if any, that settles when it no longer works on the request */
  readonly fallback?: ((request: IncomingMessage, response: ServerResponse) => unknown) | undefined
  /** The fallback gets RPC requests too and hands them back itself, since its middleware shall run for them. */
  readonly fallbackFirst?: boolean
  /** Told of what went wrong on this side and is not to be told to the peer. */
  readonly report: (error: unknown, call?: Call) => void
}

/** A protocol bound to one server. */
export interface ServerBinding {
  /** Takes over a connection. `head`: bytes already read from it, to be taken as its first. */
  accept(socket: Duplex, head: Uint8Array): void
  /** Ask peers to go: GOAWAY, `connection: close`. Resolves when no connection of this protocol is left. */
  drain(): Promise<void>
  /** Closes every connection at once. */
  destroy(): void
}

export interface ClientSettings {
  readonly codec: Codec
  /** Settings of the target that are the protocol's own, by the names that it declares. */
  readonly options?: Readonly<Record<string, string>> | undefined
  readonly limits: Limits
  readonly clock: Clock
  readonly tls?: TlsOptions | undefined
  /** Milliseconds within which a connection must stand. */
  readonly connectTimeout: number
}

/** As for `tls.connect`. */
export interface TlsOptions {
  readonly ca?: string | Buffer | readonly (string | Buffer)[] | undefined
  readonly cert?: string | Buffer | undefined
  readonly key?: string | Buffer | undefined
  readonly serverName?: string | undefined
}

/** A protocol bound to one channel. */
export interface Dialer {
  /**
   * @param signal aborts a dial that is under way
   * @throws RpcError `unavailable` with delivery `unsent`
   */
  dial(endpoint: Endpoint, signal: AbortSignal): Promise<Link>
}

/** A connection (or a few) to one endpoint. */
export interface Link {
  /**
   * One attempt. Rejects with an RpcError only, and at once when the call is cancelled. The result is the reply, or an AsyncIterable of them
   * where the method streams them out; then it resolves as soon as the server has accepted the call.
   */
  readonly handle: EngineHandler
  /** False when calls can no longer be begun: the channel then dials anew. */
  readonly open: boolean
  /** Set by the channel; called once when `open` turns false by itself, with the cause. */
  onClose: ((error: unknown) => void) | undefined
  /** Resolves when its calls have ended and no handle is left. */
  close(): Promise<void>
}
