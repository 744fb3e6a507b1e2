import type { Release } from '../../../http2/output.js'
import type { HttpRequest } from '../../http1/client/connection-pool.js'
import { formatTimeout } from '../timeout.js'

export const timeoutField = { name: 'connect-timeout-ms', format: formatTimeout }

/** The headers of a request in three parts, of which HTTP/2 prepares the first two once. */
export interface RequestParts {
  /** Name, value, name, value ... The same list for every request of the method. */
  readonly fixed: readonly string[]
  /** Milliseconds; Infinity for none. */
  readonly timeout: number
  /** The headers of this request alone. */
  readonly own: string[]
}

/** What a request is, besides its headers. */
export interface RequestLine {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>
  /** Called with the body if it may be changed again, as far as the version of HTTP tells. */
  readonly release?: Release | undefined
}

/** The request of one attempt, on any version of HTTP. */
export class ConnectRequest implements HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** The types of undici know only Node's streams, but it takes any async iterable. */
  readonly body: Buffer | null
  readonly release: Release | undefined

  constructor(
    { method, path, body, release }: RequestLine,
    readonly parts: RequestParts,
  ) {
    this.method = method
    this.path = path
    this.body = (body ?? null) as Buffer | null
    this.release = release
  }

  /** All headers. */
  get headers(): string[] {
    const { fixed, timeout, own } = this.parts
    const list = [...fixed]
    if (timeout !== Number.POSITIVE_INFINITY) list.push(timeoutField.name, timeoutField.format(timeout))
    list.push(...own)
    return list
  }
}
