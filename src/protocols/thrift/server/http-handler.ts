import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ThriftWriter } from '../../../codecs/thrift/wire.js'
import { type PostedReply, PostedRequest, servingPosts } from '../../http1/server/posted-request.js'
import type { Body } from '../../pipelined/output.js'
import type { Router, ServerSettings } from '../../protocol.js'
import type { Dialect } from '../dialect.js'
import { readHttpBody, type Wrapping } from '../http-body.js'
import { receivedHeaders } from '../metadata.js'
import { type MessageHead, type MessageOutput, mustNotExceed } from '../output.js'
import { writeHeaderFrame } from '../theader.js'
import { type DispatchHost, type Serving, serveMessage, servingOf } from './dispatch.js'
import { unknownFormat } from './refusals.js'

/** Thrift's HTTP clients send the first. The others name the codec, which the message shows too. */
const mediaTypes: ReadonlySet<string> = new Set([
  'application/x-thrift',
  'application/vnd.apache.thrift.binary',
  'application/vnd.apache.thrift.compact',
  'application/vnd.apache.thrift.json',
])

/**
 * Thrift over HTTP: each request is a POST of one message, to any path, and its response is the reply. A message in a frame, or in a
 * THeader frame, is answered in the same form.
 * @returns a function that serves a request; it returns false if the request is not Thrift
 */
export function thriftOverHttp(
  router: Router,
  settings: ServerSettings,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const serving = servingOf(router, settings)
  return servingPosts(mediaTypes, (...exchange) => new PostedMessage(serving, ...exchange).read())
}

/** One request and its response. */
class PostedMessage extends PostedRequest implements DispatchHost, MessageOutput {
  readonly output = this
  private wrapping: Wrapping = 'none'
  private readonly contentType = this.request.headers['content-type'] ?? 'application/x-thrift'
  /** Empty for a oneway call. */
  protected reply: PostedReply = { contentType: this.contentType, headers: [], body: Buffer.alloc(0) }

  constructor(
    readonly serving: Serving,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    super(request, response, { settings: serving.settings, protocol: 'thrift' })
  }

  protected serve(body: Uint8Array): void {
    const { limits } = this.settings
    const read = readHttpBody(body, limits)
    if (read === undefined) throw unknownFormat()
    const { wrapping, format, zlib, message } = read
    this.wrapping = wrapping
    const dialect: Dialect = { format, transport: 'http', zlib }
    const headers = [...receivedHeaders(this.request.rawHeaders), ...read.headers]
    serveMessage(format.reader(message, 0, message.length, limits.values), { dialect, headers }, this)
  }

  write<T>({ format }: Dialect, head: MessageHead, body: Body<ThriftWriter, T>, value: T): void {
    const { contentType, wrapping } = this
    const writer = format.writer()
    try {
      if (wrapping !== 'none') writer.int32(0)
      if (wrapping === 'header') writeHeaderFrame(writer, { format, zlib: false }, head)
      writer.beginMessage(head.kind, head.name, head.sequence)
      body.write(writer, value)
      writer.endMessage()
      mustNotExceed(writer.size, head)
      if (wrapping !== 'none') writer.setInt32(0, writer.size - 4)
    } catch (error) {
      writer.abandon()
      throw error
    }
    this.reply = { contentType, headers: wrapping === 'header' ? [] : head.headers, body: writer.finish() }
  }
}
