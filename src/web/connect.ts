import type { Codec } from '../codecs/codec.js'
import type { Clock } from '../core/clock.js'
import { messageLimits } from '../core/limits.js'
import { plainClock } from '../core/plain-clock.js'
import type { PolicyDefinition } from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'
import { readService } from '../decorators/read-contract.js'
import type { Class } from '../schema/type.js'
import { fullClient } from './full-client-in-use.js'
import { json } from './json/codec.js'
import type { PageSettings, RequestStreams } from './page-settings.js'
import { plainClient } from './plain-client.js'

/** Options of `connect` in a page. */
export interface ConnectOptions {
  /** The codec of the messages: `protobuf`, or the JSON of pages. Default: `json`. */
  readonly codec?: Codec
  /**
   * Call and attempt policies of every method, such as `retry(...)`. They replace those of the same name that the class declares. Default:
   * none.
   */
  readonly policies?: readonly PolicyDefinition[]
  /** Whether `@Safe` methods are called by GET, so that the browser's cache can keep their replies. Default true. */
  readonly get?: boolean
  /** Whether the browser sends cookies, as for `fetch`. The server must allow it: `cors: { credentials: true }`. Default `same-origin`. */
  readonly credentials?: 'include' | 'omit' | 'same-origin'
  /** Sends the requests. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
  /** The most bytes of one reply. Default 4 MiB. */
  readonly messageBytes?: number
  /** Carries the methods that take a stream: `webSocket`. Default: none, and their calls fail with `not_carried`. */
  readonly requestStreams?: RequestStreams
  /** The source of time, for tests. Default: the page's clock. */
  readonly clock?: Clock
}

/**
 * Creates a client of a service in a page: an object whose methods are calls, over `fetch` and the Connect protocol.
 *
 * Unary calls and streams of replies work. A browser cannot stream requests over `fetch`, so a method that takes a stream needs
 * `requestStreams: webSocket`.
 *
 * @param url where the service is: `https://api.example.com`, or a path of the page's own server, such as `/`
 *
 * @example
 * const hello = connect(Hello, 'https://api.example.com')
 * const reply = await hello.sayHello({ name: 'World' })
 *
 * @throws RpcError `failed_precondition` if the class, the URL or a policy is invalid, or the codec cannot carry a method
 * @see docs/guide/web.md
 */
export function connect<T extends object>(
  service: Class<T>,
  url: string | URL,
  options: ConnectOptions = {},
): T & AsyncDisposable {
  const schema = readService(service as Class)
  const settings: PageSettings = {
    base: baseOf(url),
    codec: options.codec ?? json,
    json,
    fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
    credentials: options.credentials ?? 'same-origin',
    get: options.get ?? true,
    messageBytes: options.messageBytes ?? messageLimits.messageBytes,
    requestStreams: options.requestStreams,
    policies: options.policies ?? [],
    clock: options.clock ?? plainClock,
  }
  return (fullClient ?? plainClient)(schema, settings) as T & AsyncDisposable
}

/** @throws RpcError `failed_precondition` (`invalid_target`) */
function baseOf(url: string | URL): string {
  const { location } = globalThis as { readonly location?: { readonly href: string } }
  const text = String(url)
  // A server that renders the page has no location. It may create the client; its calls would reach nobody (RFC 2606).
  const page = location?.href ?? (/^\/(?![/\\])/.test(text) ? 'http://page.invalid' : undefined)
  const parsed = URL.canParse(text, page) ? new URL(text, page) : undefined
  if (parsed !== undefined && /^https?:$/.test(parsed.protocol) && parsed.search + parsed.hash === '')
    return parsed.href.replace(/\/+$/, '')
  throw misuse('invalid_target', `target ${JSON.stringify(text)}: write a URL such as https://api.example.com`)
}
