import { Kind, type ThriftReader } from '../../../codecs/thrift/wire.js'
import { asInvalidMessage } from '../../../codecs/values/fault.js'
import type { ActiveCall } from '../../../core/active-call.js'
import { RpcError } from '../../../core/rpc-error.js'
import { malformedReply, reservedHeader, unreadableReply } from '../../failures.js'
import type { HttpConnections } from '../../http1/client/link.js'
import { post, postOneway } from '../../http1/client/post.js'
import { reservedHeaders } from '../../http1/reserved-headers.js'
import { countedBody } from '../../pipelined/counted-body.js'
import { readHttpBody } from '../http-body.js'
import { receivedHeaders } from '../metadata.js'
import type { BoundMethod } from './bound-method.js'
import type { LinkSettings } from './link.js'
import { headersOf, readReply, receiveHeaders, unreadable } from './reply.js'

const mediaType = 'application/x-thrift'

/** Thrift over HTTP: each call is a POST of one message without a frame. */
export class HttpThrift {
  constructor(private readonly settings: LinkSettings) {}

  readonly begin = async (connections: HttpConnections, call: ActiveCall): Promise<unknown> => {
    const { methods, options } = this.settings
    const method = methods.get(call.method) as BoundMethod
    const headers = ['content-type', mediaType, 'accept', mediaType, ...ownHeaders(call)]
    const request = { path: options.path, headers, body: this.encode(call, method) }
    if (method.schema.oneway) return postOneway(connections, call, request)
    const reply = await post(connections, call, request)
    receiveHeaders(call, receivedHeaders(reply.headers))
    const reader = this.open(reply.body, call)
    const start = reader.position
    const value = readReply(reader, method)
    call.observed?.message('received', reader.position - start)
    return value
  }

  /** @returns a reader whose message has begun */
  private open(body: Uint8Array, call: ActiveCall): ThriftReader {
    const { limits } = this.settings
    const { path } = call.method
    try {
      const read = readHttpBody(body, limits)
      if (read === undefined) throw malformedReply(path, 'it is not of a Thrift protocol')
      const { format, headers, message } = read
      receiveHeaders(call, headers)
      const reader = format.reader(message, 0, message.length, limits.values)
      reader.beginMessage()
      return reader
    } catch (cause) {
      throw cause instanceof RpcError ? unreadableReply(cause, path) : unreadable(cause, path)
    }
  }

  private encode(call: ActiveCall, method: BoundMethod): Uint8Array {
    const writer = this.settings.options.dialect.format.writer()
    try {
      writer.beginMessage(method.schema.oneway ? Kind.oneway : Kind.call, method.name, 1)
      countedBody(method.arguments, call).write(writer, call.message)
      writer.endMessage()
      return writer.finish()
    } catch (error) {
      writer.abandon()
      throw asInvalidMessage(error, call.method.path)
    }
  }
}

/** @throws RpcError `invalid_argument` (`reserved_header`) for a header of HTTP */
function ownHeaders(call: ActiveCall): readonly string[] {
  const headers = headersOf(call)
  const reserved = headers.find((name, at) => at % 2 === 0 && reservedHeaders.has(name))
  if (reserved !== undefined) throw reservedHeader(reserved)
  return headers
}
