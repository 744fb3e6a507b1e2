import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AvroWriter } from '../../../codecs/avro/writer.js'
import { type PostedReply, PostedRequest, servingPosts } from '../../http1/server/posted-request.js'
import type { Body } from '../../pipelined/output.js'
import type { Router, ServerSettings } from '../../protocol.js'
import { contentType, messageBody, messageIn, mostBytes } from '../http-message.js'
import type { MessageOutput } from '../output.js'
import { type DispatchHost, type Serving, serveMessage, servingOf } from './dispatch.js'
import { introduce } from './introduction.js'
import { AvroRequest } from './served-request.js'

const mediaTypes: ReadonlySet<string> = new Set([contentType])

/**
 * Serves Avro over HTTP: a POST of `avro/binary`, to any path, holds a handshake and a call. The path of a service, `/hello.Hello`, tells
 * which service a client means whose protocol the server does not know yet.
 * @returns a function that serves a request; it returns false if the request is not Avro
 */
export function avroOverHttp(
  router: Router,
  settings: ServerSettings,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const serving = servingOf(router, settings)
  const most = mostBytes(settings.limits.messageBytes)
  return servingPosts(mediaTypes, (...exchange) => new PostedMessage(serving, ...exchange).read(most))
}

/** One request and its response. */
class PostedMessage extends PostedRequest implements DispatchHost, MessageOutput {
  readonly output = this
  protected reply: PostedReply = { contentType, headers: [], body: Buffer.alloc(0) }

  constructor(
    readonly serving: Serving,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    super(request, response, { settings: serving.settings, protocol: 'avro' })
  }

  protected serve(body: Uint8Array): void {
    const { messageBytes, headerBytes } = this.settings.limits
    const from = messageIn(body, messageBytes)
    const { handshakes } = this.serving
    const { client, response: handshake } = introduce(from, { handshakes, headerBytes, path: this.path })
    if (client !== undefined) {
      serveMessage(from, { serial: 0, client, handshake }, this)
      return
    }
    const request = new AvroRequest({ serial: 0, handshake, host: this })
    this.enter(request)
    request.decline()
  }

  write<T>(_serial: number, body: Body<AvroWriter, T>, value: T): void {
    this.reply = { contentType, headers: [], body: messageBody(body, value) }
  }
}
