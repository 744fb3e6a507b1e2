import { encodeAfter } from '../codecs/bytes/headroom.js'
import { type ActiveCall, type EngineHandler } from '../core/active-call.js'
import { Code } from '../core/code.js'
import { messageTooLarge } from '../core/limits.js'
import { malformedReply, replyTruncated, unreadableReply } from '../protocols/failures.js'
import { readEndStream } from '../protocols/http/read-end-stream.js'
import { errorFromJson } from '../protocols/http/read-error.js'
import { jsonIn } from './body.js'
import { BodyStream } from './body-stream.js'
import { type PageMethod, receiveHead } from './page-method.js'
import { fieldsOf } from './reply-fields.js'

/** Bytes in front of a message: its flags and its length. Source: Connect protocol, "Enveloped-Message". */
const prefixSize = 5
/** The flag of the envelope that ends a stream. */
const endStreamFlag = 2
/** The most bytes of an end of stream: an error with its details. */
const longestEnd = 1024 * 1024

/**
 * Sends one attempt of a call whose replies are a stream. It settles with the first message, or the end: a call that fails before its
 * first message may be sent again.
 */
export function serverStream(method: PageMethod): EngineHandler {
  const { settings, path } = method
  return async call => {
    const response = await method.fetch(call, settings.base + path, enveloped(method, call.message))
    receiveHead(call, response)
    const replies = messages(method, call, response)
    const first = await replies.next()
    return startingWith(first, replies)
  }
}

/** A message behind its prefix. */
export function enveloped({ request }: PageMethod, message: unknown): Uint8Array {
  const bytes = encodeAfter(request, message, prefixSize)
  const prefix = new DataView(bytes.buffer, bytes.byteOffset)
  prefix.setUint8(0, 0)
  prefix.setUint32(1, bytes.length - prefixSize)
  return bytes
}

export async function* startingWith(
  first: IteratorResult<unknown>,
  rest: AsyncGenerator<unknown>,
): AsyncGenerator<unknown> {
  try {
    if (first.done) return
    yield first.value
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}

/** The replies in the body of a response. */
export async function* messages(method: PageMethod, call: ActiveCall, response: Response): AsyncGenerator<unknown> {
  const { settings, path } = method
  const body = new BodyStream(response)
  const take = async (count: number) => {
    let bytes: Uint8Array | undefined
    try {
      bytes = await body.take(count)
    } catch (cause) {
      throw method.cut(call, cause)
    }
    if (bytes !== undefined) return bytes
    throw replyTruncated(path, settings.base)
  }
  try {
    for (;;) {
      const prefix = await take(prefixSize)
      const flags = prefix[0] as number
      const length = new DataView(prefix.buffer, prefix.byteOffset).getUint32(1)
      const limit = flags === endStreamFlag ? Math.max(longestEnd, settings.messageBytes) : settings.messageBytes
      if ((flags & ~endStreamFlag) !== 0) throw malformedReply(path, `a message has the flags ${flags}`)
      if (length > limit) throw unreadableReply(messageTooLarge(limit), path)
      const bytes = await take(length)
      if (flags === endStreamFlag) {
        end(method, call, bytes)
        return
      }
      yield method.decode(bytes)
    }
  } finally {
    body.cancel()
  }
}

/** @throws RpcError the error with which the server ended the stream */
function end({ path, details }: PageMethod, call: ActiveCall, bytes: Uint8Array): void {
  const found = readEndStream(jsonIn(bytes))
  if (found === undefined) throw malformedReply(path, 'its end of stream is not a JSON object')
  const { error, metadata } = found
  call.receiveReplyTrailers(metadata.slice())
  if (error === undefined) return
  const headers = fieldsOf([...[...call.replyHeaders].flat(), ...metadata])
  throw errorFromJson(error, {
    details,
    code: Code.unknown,
    message: `${path}: the stream failed`,
    headers,
    delivery: 'unknown',
  })
}
