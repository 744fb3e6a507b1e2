import { messageTooLarge } from '../../../../core/limits.js'

const newline = 10

/** The lines of a body, without those that are empty. Source: https://github.com/ndjson/ndjson-spec. */
export class Lines implements AsyncIterable<Uint8Array> {
  /** Bytes that were taken of the body, and that belong to lines which nobody has asked for. */
  unread = 0
  /** Of a line whose end has not arrived. */
  private parts: Uint8Array[] = []
  private size = 0

  constructor(
    private readonly chunks: AsyncIterable<Uint8Array>,
    private readonly limit: number,
  ) {}

  /** @throws RpcError `resource_exhausted` (`message_too_large`) at a line of more bytes than the limit */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.chunks) {
      let from = 0
      for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
        this.add(chunk.subarray(from, end))
        from = end + 1
        const whole = this.takeLine()
        this.unread = chunk.byteLength - from
        if (isFilled(whole)) yield whole
      }
      this.add(chunk.subarray(from))
      this.unread = this.size
    }
    const last = this.takeLine()
    this.unread = 0
    if (isFilled(last)) yield last
  }

  private add(part: Uint8Array): void {
    this.size += part.byteLength
    if (this.size > this.limit) throw messageTooLarge(this.limit)
    this.parts.push(part)
  }

  private takeLine(): Uint8Array {
    const whole = Buffer.concat(this.parts)
    this.parts = []
    this.size = 0
    return whole
  }
}

function isFilled(line: Uint8Array): boolean {
  return line.byteLength > 1 || (line.byteLength === 1 && line[0] !== carriageReturn)
}

const carriageReturn = 13
