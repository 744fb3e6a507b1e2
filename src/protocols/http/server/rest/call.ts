import type { Exchange, ServedCall } from '../served-call.js'
import type { RestAnswer, ServedCodec } from '../served-method.js'
import { ReplyStream } from './reply-stream.js'
import type { RestRoute, RouteInput } from './route.js'
import { Upload } from './upload.js'

/** One call by a route of REST. */
export class RestCall implements RestAnswer {
  readonly served: ServedCodec
  readonly send: RestAnswer['send']
  private upload: Upload | undefined = undefined
  private readonly replies: ReplyStream | undefined

  constructor(
    private readonly exchange: Exchange,
    private readonly route: RestRoute,
    input: RouteInput,
  ) {
    const decode = (bytes: Uint8Array) => (route.isUpload ? this.uploaded(input) : route.request(input, bytes))
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
    if (location !== undefined) head.push('location', location.of(reply))
    return status
  }

  ended(): void {
    this.upload?.stop()
  }

  private uploaded(input: RouteInput): AsyncIterable<unknown> {
    const messageOf = this.route.chunk(input)
    const upload = new Upload(this.exchange.request, this.route.method.path)
    this.upload = upload
    return { [Symbol.asyncIterator]: () => messages(upload, messageOf) }
  }
}

async function* messages(upload: Upload, messageOf: (bytes: Uint8Array) => unknown): AsyncGenerator<unknown> {
  for await (const chunk of upload) yield messageOf(chunk)
}

/** Serializers of a server read requests and write replies. */
function notSent(): never {
  throw new Error('a server sends no requests')
}
