import { subtypeOf } from '../../protocols/grpc/content-type.js'
import { Base64Stream } from '../../protocols/http/base64-stream.js'
import { readGetRequest } from '../../protocols/http/get-request.js'
import { grpcWebTypeOf } from '../../protocols/http/grpc-web.js'
import { type CallEnd, connectErrorEnd, connectStreamEnd, type Fields, fieldsIn, grpcEnd } from './call-end.js'
import type { RawMessage } from './contents.js'
import { Envelopes } from './envelopes.js'
import { begin, type Reading, type SeenCall } from './seen.js'

/** Bytes of an error's body that are kept. */
const mostOfError = 65_536
/** Bytes of a call's messages that are kept to be shown, in each direction. */
const mostOfMessages = 4_194_304

/** The head of a request or of a reply. */
export interface Head {
  readonly contentType: string
  header(name: string): string | undefined
}

export interface RequestHead extends Head {
  readonly path: string
  readonly headers: readonly string[]
}

/** A call over HTTP of any version, as its parts go by. */
export interface Exchange {
  request(chunk: Buffer): void
  head(status: number, head: Head): void
  reply(chunk: Buffer): void
  /**
   * @param trailers of HTTP/2; undefined: there were none
   * @returns undefined if it was not a call
   */
  end(trailers?: Fields): SeenCall | undefined
  /** @param code why it has no end of its own */
  abort(code: string): SeenCall
}

/** One call over HTTP of any version: gRPC, a Connect stream, or one message each way. */
export class HttpCall implements Exchange {
  private readonly seen: SeenCall
  private readonly isGrpc: boolean
  /** Of gRPC-Web in base64. */
  private readonly base64: { readonly sent: Base64Stream; readonly received: Base64Stream } | undefined
  private headFields: Fields | undefined
  private readonly requests: Envelopes | undefined
  private replies: Envelopes | undefined
  private status = 0
  private body: Buffer[] = []
  private bodySize = 0
  private readonly sent: Kept
  private received = new Kept('', undefined)

  constructor(
    head: RequestHead,
    private readonly reading: Reading,
  ) {
    const { path, contentType, headers } = head
    this.isGrpc = contentType.startsWith('application/grpc')
    const [method = '', query] = path.slice(1).split('?', 2)
    if (grpcWebTypeOf(mediaTypeOf(contentType))?.isText)
      this.base64 = { sent: new Base64Stream(), received: new Base64Stream() }
    this.seen = begin(this.isGrpc ? 'grpc' : 'http', method, headers)
    this.sent = new Kept(codecIn(contentType), contentEncodingOf(head))
    this.requests = this.envelopesOf(head, this.sent)
    if (query !== undefined && contentType === '' && this.wantsMessages) this.sent.addQuery(query)
    if (this.wantsMessages)
      this.seen.messages = async () => ({
        requests: await this.read('request'),
        replies: await this.read('reply'),
        error: this.reading.contents?.declared(method, this.seen.details),
      })
  }

  request(chunk: Buffer): void {
    this.requests?.push(this.base64?.sent.push(chunk) ?? chunk)
    this.seen.requests = this.requests?.count ?? 1
    this.seen.sent = this.requests?.bytes ?? this.seen.sent + chunk.length
    if (this.requests === undefined && this.wantsMessages) this.sent.addPart(chunk)
  }

  head(status: number, head: Head): void {
    this.status = status
    this.headFields = head.header
    this.received = new Kept(codecIn(head.contentType), contentEncodingOf(head))
    this.replies = this.envelopesOf(head, this.received)
  }

  reply(chunk: Buffer): void {
    this.replies?.push(this.base64?.received.push(chunk) ?? chunk)
    this.seen.replies = this.replies?.count ?? 1
    this.seen.received = this.replies?.bytes ?? this.seen.received + chunk.length
    if (this.replies !== undefined) return
    if (this.status === 200) {
      if (this.wantsMessages) this.received.addPart(chunk)
    } else if (this.bodySize <= mostOfError) {
      this.bodySize += chunk.length
      this.body.push(chunk)
    }
  }

  end(trailers?: Fields): SeenCall {
    return Object.assign(this.seen, this.isGrpc ? this.grpcEnd(trailers) : this.connectEnd())
  }

  abort(code: string): SeenCall {
    this.seen.code = code
    return this.seen
  }

  private get wantsMessages(): boolean {
    return this.reading.contents !== undefined
  }

  private envelopesOf(head: Head, kept: Kept): Envelopes | undefined {
    if (!head.contentType.startsWith('application/grpc') && !isStream(head.contentType)) return undefined
    const encoding = head.header(isStream(head.contentType) ? 'connect-content-encoding' : 'grpc-encoding')
    return new Envelopes(encoding, this.wantsMessages ? message => kept.add(message) : undefined)
  }

  private read(side: 'request' | 'reply'): Promise<readonly unknown[] | undefined> {
    const { messages, subtype } = side === 'request' ? this.sent : this.received
    // A failed call may have no reply, and what its body says is its code.
    if (messages === undefined || this.reading.contents === undefined) return Promise.resolve(undefined)
    return this.reading.contents.read(this.seen.method, messages, { side, subtype })
  }

  /** The status is in the trailers, in the last envelope of gRPC-Web, or in the headers of a reply that has nothing else. */
  private grpcEnd(trailers: Fields | undefined): CallEnd {
    const text = this.replies?.end
    const inBody = text === undefined ? undefined : fieldsIn(text)
    const all = [trailers, inBody, this.headFields]
    const found = all.find(fields => fields?.('grpc-status') !== undefined)
    if (found === undefined && this.status !== 200) return this.httpEnd()
    return grpcEnd(found ?? (() => undefined))
  }

  private connectEnd(): CallEnd {
    if (this.replies !== undefined) return connectStreamEnd(this.replies.end ?? '')
    if (this.status === 200) return { code: 'ok', message: '', details: [] }
    return this.httpEnd()
  }

  private httpEnd(): CallEnd {
    return connectErrorEnd(Buffer.concat(this.body).toString(), this.status)
  }
}

/** The messages of one direction that are kept. */
class Kept {
  private readonly list: RawMessage[] = []
  private parts: Buffer[] | undefined
  private size = 0

  constructor(
    public subtype: string,
    private encoding: string | undefined,
  ) {}

  add(message: RawMessage): void {
    this.size += message.bytes.length
    if (this.size <= mostOfMessages) this.list.push(message)
  }

  /** A part of a body that is one message. */
  addPart(chunk: Buffer): void {
    this.size += chunk.length
    this.parts ??= []
    if (this.size <= mostOfMessages) this.parts.push(chunk)
  }

  /** The message in the query of a GET, if it has one. */
  addQuery(query: string): void {
    if (!/(?:^|&)message=/.test(query)) return
    try {
      const { encoding, message, compression } = readGetRequest(query)
      this.subtype = encoding
      this.encoding = compression
      this.addPart(Buffer.from(message))
    } catch {
      // The server refuses it as well.
    }
  }

  /** Undefined if they were too large to be kept. */
  get messages(): readonly RawMessage[] | undefined {
    if (this.size > mostOfMessages) return undefined
    const { parts, encoding } = this
    return parts === undefined ? this.list : [{ bytes: Buffer.concat(parts), encoding }]
  }
}

function isStream(contentType: string): boolean {
  return contentType.startsWith('application/connect+')
}

/** `json` of `application/connect+json; charset=utf-8` */
function codecIn(contentType: string): string {
  return (
    grpcWebTypeOf(mediaTypeOf(contentType))?.subtype ??
    subtypeOf(contentType) ??
    /^application\/(?:connect\+)?([\w.+-]+)/.exec(contentType)?.[1] ??
    ''
  )
}

function contentEncodingOf(head: Head): string | undefined {
  return head.header('content-encoding')
}

/** In lower case, without parameters. */
function mediaTypeOf(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase()
}
