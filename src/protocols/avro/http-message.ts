import type { AvroReader } from '../../codecs/avro/reader.js'
import { AvroWriter } from '../../codecs/avro/writer.js'
import { messageTooLarge } from '../../core/limits.js'
import { MessageDecoder } from './message-decoder.js'

/** Of requests and replies. Source: Avro specification, "HTTP as Transport". */
export const contentType = 'avro/binary'

/** The body with one message, in the specification's framing. @throws what `write` throws */
export function messageBody(write: (out: AvroWriter) => void): Buffer {
  const out = new AvroWriter()
  try {
    out.fixed32(0)
    write(out)
    out.patch(0, out.length - 4)
    out.fixed32(0)
    return out.take()
  } catch (error) {
    out.rewind(0)
    throw error
  }
}

/**
 * The one message that the body of an HTTP request or reply holds, in the specification's framing.
 * @param limit bytes of the message
 * @returns undefined where there is none
 * @throws RpcError `resource_exhausted` over the limit; and whatever the body breaks with
 */
export async function collectMessage(body: AsyncIterable<Uint8Array>, limit: number): Promise<AvroReader | undefined> {
  let found: AvroReader | undefined
  let isOversized = false
  const decoder = new MessageDecoder('framed', limit, {
    message(_, from) {
      found ??= from
    },
    oversized() {
      isOversized = true
    },
  })
  for await (const chunk of body) {
    if (!decoder.push(chunk)) return undefined
    if (isOversized || decoder.gathered > limit) {
      throw messageTooLarge(limit)
    }
  }
  return found
}
