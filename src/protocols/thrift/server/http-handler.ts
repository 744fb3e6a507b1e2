import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ThriftWriter } from '../../../codecs/thrift/wire.js'
import { type PostedReply, PostedRequest } from '../../http1/server/posted-request.js'
import type { Body } from '../../pipelined/output.js'
import type { Router, ServerSettings } from '../../protocol.js'
import { type Dialect, formatOf } from '../dialect.js'
import { receivedHeaders } from '../metadata.js'
import { type MessageHead, type MessageOutput, mustNotExceed } from '../output.js'
import { type DispatchHost, type Serving, serveMessage, servingOf } from './dispatch.js'
import { unknownFormat } from './refusals.js'

/** What Thrift's HTTP clients send; the others say the codec, which the message does too. */
const mediaTypes: ReadonlySet<string> = new Set([
  'application/x-thrift',
  'application/vnd.apache.thrift.binary',
  'application/vnd.apache.thrift.compact',
  'application/vnd.apache.thrift.json',
])

/**
 * Thrift over HTTP: each request is a POST of one message without a frame, to any path, and its response is the reply.
 * @returns serves a request; false: it is not Thrift
 */
export function thriftOverHttp(
  router: Router,
  settings: ServerSettings,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const serving = servingOf(router, settings)
  return (request, response) => {
    const [mediaType = ''] = (request.headers['content-type'] ?? '').split(';')
    if (request.method !== 'POST' || !mediaTypes.has(mediaType.trim().toLowerCase())) return false
    new PostedMessage(serving, request, response).read()
    return true
  }
}

/** One request and its response. */
class PostedMessage extends PostedRequest implements DispatchHost, MessageOutput {
  readonly output = this
  private readonly contentType = this.request.headers['content-type'] ?? 'application/x-thrift'
  /** A oneway call has an empty one. */
  protected reply: PostedReply = { contentType: this.contentType, headers: [], body: Buffer.alloc(0) }

  constructor(
    readonly serving: Serving,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    super(request, response, { settings: serving.settings, protocol: 'thrift' })
  }

  protected serve(body: Uint8Array): void {
    const format = formatOf(body[0])
    if (format === undefined) throw unknownFormat()
    const dialect: Dialect = { format, transport: 'http', zlib: false }
    const headers = receivedHeaders(this.request.rawHeaders)
    serveMessage(format.reader(body, 0, body.length, this.settings.limits.values), { dialect, headers }, this)
  }

  write<T>({ format }: Dialect, head: MessageHead, body: Body<ThriftWriter, T>, value: T): void {
    const writer = format.writer()
    try {
      writer.beginMessage(head.kind, head.name, head.sequence)
      body.write(writer, value)
      writer.endMessage()
      mustNotExceed(writer.size, head)
    } catch (error) {
      writer.abandon()
      throw error
    }
    this.reply = { contentType: this.contentType, headers: head.headers, body: writer.finish() }
  }
}
