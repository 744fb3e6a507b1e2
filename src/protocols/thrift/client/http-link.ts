import { Kind } from '../../../codecs/thrift/wire.js'
import { asInvalidMessage } from '../../../codecs/values/fault.js'
import type { ActiveCall } from '../../../core/active-call.js'
import { malformedReply, reservedHeader } from '../../failures.js'
import type { HttpConnections } from '../../http1/client/link.js'
import { post } from '../../http1/client/post.js'
import { reservedHeaders } from '../../http1/reserved-headers.js'
import { formatOf } from '../dialect.js'
import { receivedHeaders } from '../metadata.js'
import type { BoundMethod } from './bound-method.js'
import type { LinkSettings } from './link.js'
import { headersOf, readReply, receiveHeaders, unreadable } from './reply.js'

const mediaType = 'application/x-thrift'

/** Thrift over HTTP: each call is a POST of one message without a frame. */
export class HttpThrift {
  constructor(private readonly settings: LinkSettings) {}

  readonly begin = async (connections: HttpConnections, call: ActiveCall): Promise<unknown> => {
    const { methods, options, limits } = this.settings
    const method = methods.get(call.method) as BoundMethod
    const headers = ['content-type', mediaType, 'accept', mediaType, ...ownHeaders(call)]
    const reply = await post(connections, call, { path: options.path, headers, body: this.encode(call, method) })
    receiveHeaders(call, receivedHeaders(reply.headers))
    if (method.schema.oneway) return undefined
    const { body } = reply
    const format = formatOf(body[0])
    if (format === undefined) throw malformedReply(call.method.path, 'it is of none of the Thrift protocols')
    const reader = format.reader(body, 0, body.length, limits.values)
    try {
      reader.beginMessage()
    } catch (cause) {
      throw unreadable(cause, call.method.path)
    }
    return readReply(reader, method)
  }

  private encode(call: ActiveCall, method: BoundMethod): Buffer {
    const writer = this.settings.options.dialect.format.writer()
    try {
      writer.beginMessage(method.schema.oneway ? Kind.oneway : Kind.call, method.name, 1)
      method.arguments.write(writer, call.message)
      writer.endMessage()
      return writer.finish()
    } catch (error) {
      writer.abandon()
      throw asInvalidMessage(error, call.method.path)
    }
  }
}

/** @throws RpcError `invalid_argument` (`reserved_header`) for one that is HTTP's */
function ownHeaders(call: ActiveCall): readonly string[] {
  const headers = headersOf(call)
  const reserved = headers.find((name, at) => at % 2 === 0 && reservedHeaders.has(name))
  if (reserved !== undefined) throw reservedHeader(reserved)
  return headers
}
