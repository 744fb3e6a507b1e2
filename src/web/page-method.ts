import type { Serializer } from '../codecs/codec.js'
import type { ErrorDetails } from '../codecs/error-details.js'
import { compileMethod } from '../codecs/method-serializers.js'
import { isObject } from '../codecs/values/fault.js'
import type { ActiveCall } from '../core/active-call.js'
import { deadlineExceeded, streamsOut } from '../core/call.js'
import type { HeaderValue } from '../core/header-fields.js'
import { messageLimits } from '../core/limits.js'
import { refusedHeader } from '../core/refusal.js'
import type { RpcError } from '../core/rpc-error.js'
import {
  codeOfHttpStatus,
  connectionLost,
  replyTruncated,
  unexpectedReply,
  unreadableReply,
} from '../protocols/failures.js'
import type { addPushback } from '../protocols/http/client/pushback.js'
import { contentTypesOf, mediaTypeOf } from '../protocols/http/content-type.js'
import { readMetadata, trailerPrefix, writeMetadata } from '../protocols/http/metadata.js'
import { errorFromJson } from '../protocols/http/read-error.js'
import { formatTimeout } from '../protocols/http/timeout.js'
import type { MethodSchema } from '../schema/service.js'
import { jsonIn, wholeBody } from './body.js'
import { declaredErrors } from './declared-errors-in-use.js'
import type { PageSettings } from './page-settings.js'
import { fieldsOf } from './reply-fields.js'

/** What sends a call needs of it. */
export type SentCall = Pick<
  ActiveCall,
  | 'method'
  | 'message'
  | 'clock'
  | 'deadline'
  | 'endpoint'
  | 'signal'
  | 'canceled'
  | 'previousAttempts'
  | 'headersIfAny'
  | 'receiveReplyHeaders'
  | 'receiveReplyTrailers'
>

/** A method with what is prepared for its calls. */
export class PageMethod {
  readonly request: Serializer
  /** Reads declared errors. */
  readonly details: Pick<ErrorDetails, 'typed'> | undefined
  private readonly reply: Serializer
  private readonly contentType: string

  constructor(
    readonly schema: MethodSchema,
    readonly settings: PageSettings,
    private readonly pushback?: typeof addPushback,
  ) {
    const { codec } = settings
    const serializers = compileMethod(codec, { ...schema, throws: [] }, messageLimits)
    this.request = serializers.request
    this.reply = serializers.reply
    this.details = declaredErrors?.(schema, settings)
    this.contentType = contentTypesOf(codec, schema.kind)[0] ?? ''
  }

  get path(): string {
    return this.schema.path
  }

  /** Sends a request. Resolves with the response once its head has arrived, if that is a reply of the method; rejects with its error. */
  async fetch(call: SentCall, url: string, body: Uint8Array | undefined): Promise<Response> {
    const { fetch, credentials } = this.settings
    let response: Response
    try {
      response = await fetch(url, {
        method: body === undefined ? 'GET' : 'POST',
        headers: this.headersOf(call, body !== undefined),
        signal: call.signal,
        credentials,
        ...(body !== undefined && { body: body as Uint8Array<ArrayBuffer> }),
      })
    } catch (cause) {
      throw call.canceled ?? this.unreached(cause)
    }
    if (response.status === 200 && mediaTypeOf(contentTypeOf(response)) === this.contentType) return response
    throw await this.failed(call, response)
  }

  /** What a failed read of a body means. */
  cut(call: SentCall, cause: unknown): RpcError {
    return call.canceled ?? replyTruncated(this.path, this.settings.base, cause)
  }

  /** @throws RpcError `internal` (`malformed_reply`): what the server sent is its mistake */
  decode(bytes: Uint8Array): unknown {
    try {
      return this.reply.decode(bytes, true)
    } catch (cause) {
      throw unreadableReply(cause, this.path)
    }
  }

  private headersOf(call: SentCall, hasBody: boolean): [string, string][] {
    const list: string[] = []
    if (hasBody) list.push('content-type', this.contentType, 'connect-protocol-version', '1')
    if (call.deadline !== Number.POSITIVE_INFINITY) {
      const left = call.deadline - call.clock.now()
      if (left <= 0) throw deadlineExceeded(call)
      list.push('connect-timeout-ms', formatTimeout(left))
    }
    if (call.previousAttempts > 0) list.push('grpc-previous-rpc-attempts', String(call.previousAttempts))
    if (call.headersIfAny !== undefined) writeMetadata(call.headersIfAny, list)
    const pairs: [string, string][] = []
    for (let at = 0; at < list.length; at += 2) pairs.push([list[at] as string, list[at + 1] as string])
    return pairs
  }

  /** `fetch` does not tell why, so that a page learns nothing of other servers. The browser's console does. */
  private unreached(cause: unknown): RpcError {
    const isOffline = (globalThis as { readonly navigator?: { readonly onLine?: boolean } }).navigator?.onLine === false
    const why = isOffline
      ? 'the browser is offline'
      : `${String(cause)}; it cannot be reached, or does not allow this page's origin (cors of serve)`
    const address = this.settings.base
    return connectionLost(this.path, why, { address, delivery: isOffline ? 'unsent' : 'unknown', cause })
  }

  private async failed(call: SentCall, response: Response): Promise<RpcError> {
    const { status } = response
    const { headers, trailers } = headOf(response)
    this.pushback?.(status, headers)
    const own = fieldsOf([...headers, ...trailers])
    const contentType = contentTypeOf(response)
    const delivery = response.headers.has(refusedHeader) ? 'refused' : 'unknown'
    let json: unknown
    if (status !== 200 && mediaTypeOf(contentType) === 'application/json') {
      try {
        json = jsonIn(await wholeBody(response, this.settings.messageBytes))
      } catch (cause) {
        return this.cut(call, cause)
      }
    } else response.body?.cancel().catch(() => {})
    if (isObject(json))
      return errorFromJson(json, {
        details: this.details,
        code: codeOfHttpStatus(status),
        message: `${this.path}: HTTP status ${status}`,
        headers: own,
        delivery,
      })
    const about = { address: this.settings.base, status, contentType, delivery } as const
    return unexpectedReply(this.path, own === undefined ? about : { ...about, headers: own })
  }
}

/** Puts the headers of a reply on its call, and its trailers if they come with them. */
export function receiveHead(call: SentCall, response: Response): void {
  const { headers, trailers } = headOf(response)
  call.receiveReplyHeaders(headers)
  if (!streamsOut(call.method)) call.receiveReplyTrailers(trailers)
}

function headOf(response: Response): { readonly headers: HeaderValue[]; readonly trailers: HeaderValue[] } {
  const [headers, trailers]: [HeaderValue[], HeaderValue[]] = [[], []]
  response.headers.forEach((value, name) => {
    if (name.startsWith(trailerPrefix)) readMetadata(name.slice(trailerPrefix.length), value, trailers)
    else readMetadata(name, value, headers)
  })
  return { headers, trailers }
}

function contentTypeOf(response: Response): string {
  return response.headers.get('content-type') ?? ''
}
