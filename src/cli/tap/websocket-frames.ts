const continuation = 0
const text = 1
const close = 8
const masked = 0x80
const longest = 65_536

export interface Frames {
  message(bytes: Buffer, isText: boolean): void
  /** @param code 1005 if there is none */
  closed(code: number): void
}

/** Reads the frames of one direction of a WebSocket without extensions (RFC 6455, section 5). */
export class FrameReader {
  private rest: Buffer = Buffer.alloc(0)
  private parts: Buffer[] = []
  private isText = false

  constructor(private readonly frames: Frames) {}

  /** @throws Error for a frame that is longer than any of a call */
  push(chunk: Buffer): void {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk])
    for (let size = this.frame(); size > 0; size = this.frame()) this.rest = this.rest.subarray(size)
  }

  /** Reads the first frame. @returns its size, or 0 if it is not whole */
  private frame(): number {
    const { rest } = this
    const [first = 0, second = 0] = rest
    if (rest.length < 2) return 0
    const short = second & 0x7f
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
    const maskAt = 2 + lengthBytes
    const start = maskAt + (second & masked ? 4 : 0)
    if (rest.length < start) return 0
    const length =
      lengthBytes === 0 ? short : lengthBytes === 2 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2))
    if (length > longest) throw new Error('a frame that is too long')
    if (rest.length < start + length) return 0
    const payload = Buffer.from(rest.subarray(start, start + length))
    if (second & masked)
      for (let at = 0; at < length; at++) payload[at] = (payload[at] ?? 0) ^ (rest[maskAt + (at % 4)] ?? 0)
    this.take(first, payload)
    return start + length
  }

  private take(first: number, payload: Buffer): void {
    const opcode = first & 0x0f
    if (opcode === close) this.frames.closed(payload.length < 2 ? 1005 : payload.readUInt16BE(0))
    // Pings and pongs may stand between the frames of a message.
    if (opcode >= close) return
    if (opcode !== continuation) this.isText = opcode === text
    this.parts.push(payload)
    if ((first & 0x80) === 0) return
    const bytes = Buffer.concat(this.parts)
    this.parts = []
    this.frames.message(bytes, this.isText)
  }
}
