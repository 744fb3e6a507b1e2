import { messageTooLarge } from '../../../../core/limits.js'

const newline = 10

/**
 * The lines of a body, without those that are empty. Source: https://github.com/ndjson/ndjson-spec.
 * @throws RpcError `resource_exhausted` (`message_too_large`) at a line of more bytes than `limit`
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  /** Of a line whose end has not arrived. */
  let parts: Uint8Array[] = []
  let size = 0
  const add = (part: Uint8Array) => {
    size += part.byteLength
    if (size > limit) throw messageTooLarge(limit)
    parts.push(part)
  }
  const line = () => {
    const whole = Buffer.concat(parts)
    parts = []
    size = 0
    return whole
  }
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      add(chunk.subarray(from, end))
      from = end + 1
      const whole = line()
      if (isFilled(whole)) yield whole
    }
    add(chunk.subarray(from))
  }
  const last = line()
  if (isFilled(last)) yield last
}

function isFilled(line: Uint8Array): boolean {
  return line.byteLength > 1 || (line.byteLength === 1 && line[0] !== carriageReturn)
}

const carriageReturn = 13
