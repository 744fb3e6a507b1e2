import type { IncomingMessage } from 'node:http'
import { unreadableRequest } from '../../../failures.js'
import { Backlog, type Incoming } from '../../../stream-backlog.js'
import { unsentBytes } from '../response-sink.js'
import type { Exchange, ServedCall } from '../served-call.js'
import type { RestAnswer, ServedCodec } from '../served-method.js'
import { Lines } from './lines.js'
import { ReplyStream } from './reply-stream.js'
import type { RestRoute, RouteInput } from './route.js'
import { Upload } from './upload.js'

/** One call by a route of REST. */
export class RestCall implements RestAnswer {
  readonly served: ServedCodec
  readonly send: RestAnswer['send']
  readonly isUpload: boolean
  private call: ServedCall | undefined = undefined
  private upload: Upload | undefined = undefined
  private readonly replies: ReplyStream | undefined

  constructor(
    private readonly exchange: Exchange,
    private readonly route: RestRoute,
    input: RouteInput,
  ) {
    this.isUpload = route.isUpload
    const decode = (bytes: Uint8Array) => (route.isUpload ? this.uploaded(input) : this.streamed(input, bytes))
    this.replies = route.hasStream ? new ReplyStream(exchange, route) : undefined
    this.send = this.replies && ((call, replies) => (this.replies as ReplyStream).run(call, replies))
    this.served = {
      method: route.served,
      request: { decode, encode: notSent },
      reply: { encode: reply => route.encode(reply), decode: notSent },
      contentType: route.contentType,
      form: undefined,
      rest: this,
    }
  }

  begun(call: ServedCall): void {
    this.call = call
    call.onCancel(reason => this.upload?.stop(reason))
    const { contentType } = this.exchange.head
    // Headers of HTTP itself are not those of calls, but which of its media types came is for the handler to know.
    if (this.route.rule.consumes !== undefined && contentType !== undefined)
      call.headers.set('content-type', contentType)
    const { replies } = this
    if (replies !== undefined) call.writesHead = () => replies.sendHead(call)
  }

  status(reply: unknown, head: string[]): number {
    const { location, status } = this.route
    if (location !== undefined) head.push('location', mountOf(this.exchange.request) + location.of(reply))
    return status
  }

  ended(): void {
    this.upload?.stop()
  }

  /** The request of a call that may stream its replies. */
  private streamed(input: RouteInput, bytes: Uint8Array): unknown {
    if (this.route.hasStream) this.tell(undefined)
    return this.route.request(input, bytes)
  }

  private uploaded(input: RouteInput): AsyncIterable<unknown> {
    const { route } = this
    const { request, settings } = this.exchange
    const isBytes = route.rule.consumes !== undefined
    const messageOf = isBytes ? route.chunk(input) : route.line(input)
    const upload = new Upload(request, route.method.path)
    this.upload = upload
    const lines = isBytes ? undefined : new Lines(upload, settings.limits.messageBytes)
    this.tell({
      get unread() {
        return upload.unread + (lines?.unread ?? 0)
      },
    })
    const counted = (bytes: Uint8Array) => {
      this.call?.observed?.message('received', bytes.byteLength)
      return messageOf(bytes)
    }
    return { [Symbol.asyncIterator]: () => messages(lines ?? upload, counted, route.method.path) }
  }

  /** Tells observers of its streams. */
  private tell(requests: Incoming | undefined): void {
    const { response } = this.exchange
    this.call?.observed?.streams(new Backlog(requests, () => unsentBytes(response)))
  }
}

async function* messages(
  parts: AsyncIterable<Uint8Array>,
  messageOf: (bytes: Uint8Array) => unknown,
  path: string,
): AsyncGenerator<unknown> {
  try {
    for await (const part of parts) yield messageOf(part)
  } catch (error) {
    throw unreadableRequest(error, path)
  }
}

/** Serializers of a server read requests and write replies. */
function notSent(): never {
  throw new Error('a server sends no requests')
}

/** The path in front of the routes, which Express and `fetchHandler` take off the URL. */
function mountOf(request: IncomingMessage & { readonly baseUrl?: unknown }): string {
  return typeof request.baseUrl === 'string' ? request.baseUrl : ''
}
