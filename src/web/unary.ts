import { RpcError } from '../core/rpc-error.js'
import { unreadableReply } from '../protocols/failures.js'
import { writeGetQuery } from '../protocols/http/get-request.js'
import { wholeBody } from './body.js'
import { type PageMethod, receiveHead, type SentCall } from './page-method.js'

/** Characters of a URL that every server and proxy should take. A longer request is sent as a POST. Source: RFC 9110, 4.1. */
const longestUrl = 8000

/** Sends one attempt of a unary call; of a `@Safe` method by GET, so that the browser's cache can answer. */
export function unary(method: PageMethod): (call: SentCall) => Promise<unknown> {
  const { settings, schema } = method
  const usesGet = settings.get && schema.idempotency === 'safe'
  const url = settings.base + schema.path
  return async call => {
    const message = method.request.encode(call.message)
    const query = usesGet ? writeGetQuery(settings.codec, message) : ''
    const byGet = usesGet && url.length + query.length <= longestUrl
    const response = await method.fetch(call, byGet ? url + query : url, byGet ? undefined : message)
    let bytes: Uint8Array
    try {
      bytes = await wholeBody(response, settings.messageBytes)
    } catch (cause) {
      throw cause instanceof RpcError ? unreadableReply(cause, schema.path) : method.cut(call, cause)
    }
    const reply = method.decode(bytes)
    receiveHead(call, response)
    return reply
  }
}
