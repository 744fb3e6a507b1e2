import type { AvroReader } from '../../codecs/avro/reader.js'
import { AvroWriter } from '../../codecs/avro/writer.js'
import { Fault } from '../../codecs/values/fault.js'
import { messageTooLarge } from '../../core/limits.js'
import type { Body } from '../pipelined/output.js'
import { MessageDecoder } from './message-decoder.js'

/** The content type of requests and replies. Source: Avro specification, "HTTP as Transport". */
export const contentType = 'avro/binary'

/** An HTTP body with one message, in the specification's framing. @throws what `body` throws */
export function messageBody<T>(body: Body<AvroWriter, T>, value: T): Uint8Array {
  const out = new AvroWriter()
  try {
    out.int32(0)
    body.write(out, value)
    out.setInt32(0, out.size - 4)
    out.int32(0)
    return out.finish()
  } catch (error) {
    out.abandon()
    throw error
  }
}

/** The most bytes of a body whose message is within its limit: each buffer of the message follows its length. */
export function mostBytes(messageBytes: number): number {
  return 2 * messageBytes + 1024
}

/**
 * The message in the body of an HTTP request or reply, in the specification's framing.
 * @param limit bytes of the message
 * @throws Fault if there is none; RpcError `resource_exhausted` over the limit
 */
export function messageIn(body: Uint8Array, limit: number): AvroReader {
  let found: AvroReader | undefined
  const decoder = new MessageDecoder('framed', limit, {
    message(_, from) {
      found ??= from
    },
    oversized() {
      throw messageTooLarge(limit)
    },
  })
  decoder.push(body)
  if (found === undefined) throw new Fault('the body is not a framed message')
  return found
}
