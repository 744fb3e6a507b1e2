import type { RawMessage } from './contents.js'

/** The flag of a message that is compressed. */
const compressed = 1
/** The flag of a Connect stream's last envelope, which has its error and trailers. */
const endOfStream = 2
/** Bytes of that envelope that are kept. */
const most = 65_536

/** Reads the messages of a gRPC or Connect stream: each follows a byte of flags and its length. */
export class Envelopes {
  count = 0
  bytes = 0
  private last: Buffer[] = []
  private head: number[] = []
  private left = 0
  private flags = 0
  private whole: Buffer[] = []

  /** @param encoding of its compressed messages @param keep receives the messages */
  constructor(
    private readonly encoding: string | undefined,
    private readonly keep: ((message: RawMessage) => void) | undefined,
  ) {}

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.left > 0) {
        const taken = Math.min(this.left, chunk.length - at)
        if (this.flags & endOfStream) {
          if (this.left <= most) this.last.push(chunk.subarray(at, at + taken))
        } else if (this.keep !== undefined) this.whole.push(chunk.subarray(at, at + taken))
        this.left -= taken
        at += taken
        this.finish()
        continue
      }
      this.head.push(chunk[at++] ?? 0)
      if (this.head.length < 5) continue
      const [flags = 0, ...length] = this.head
      this.head = []
      this.flags = flags
      this.left = Buffer.from(length).readUInt32BE(0)
      if (flags & endOfStream) continue
      this.count++
      this.bytes += this.left
      this.finish()
    }
  }

  private finish(): void {
    if (this.left > 0 || this.flags & endOfStream || this.keep === undefined) return
    this.keep({
      bytes: Buffer.concat(this.whole),
      encoding: this.flags & compressed ? (this.encoding ?? '') : undefined,
    })
    this.whole = []
  }

  /** The text of the last envelope. */
  get end(): string {
    return Buffer.concat(this.last).toString()
  }
}
