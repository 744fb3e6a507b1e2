import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import type { RawMessage } from './contents.js'

/** The flag of a message that is compressed. */
const compressed = 1
/** The flags of the last envelope, which has the end of the call: of Connect, and of gRPC-Web. */
const last = 0x82
/** Bytes of that envelope that are kept, and that it may inflate to. */
const most = 65_536

const inflaters: Readonly<Record<string, typeof gunzipSync>> = {
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
}

/** Reads the messages of a gRPC or Connect stream: each follows a byte of flags and its length. */
export class Envelopes {
  count = 0
  bytes = 0
  private head: number[] = []
  private left = 0
  private flags = 0
  private parts: Buffer[] = []
  private isKept = false
  private lastText: string | undefined

  /** @param encoding of its compressed messages @param keep receives the messages */
  constructor(
    private readonly encoding: string | undefined,
    private readonly keep: ((message: RawMessage) => void) | undefined,
  ) {}

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.left > 0) {
        const taken = Math.min(this.left, chunk.length - at)
        if (this.isKept) this.parts.push(chunk.subarray(at, at + taken))
        this.left -= taken
        at += taken
        this.finish()
        continue
      }
      this.head.push(chunk[at++] ?? 0)
      if (this.head.length === 5) this.begin(this.head)
    }
  }

  private begin([flags = 0, ...length]: readonly number[]): void {
    this.head = []
    this.flags = flags
    this.left = Buffer.from(length).readUInt32BE(0)
    const isLast = (flags & last) !== 0
    this.isKept = isLast ? this.left <= most : this.keep !== undefined
    if (!isLast) {
      this.count++
      this.bytes += this.left
    }
    this.finish()
  }

  private finish(): void {
    if (this.left > 0 || !this.isKept) return
    const bytes = Buffer.concat(this.parts)
    this.parts = []
    const encoding = this.flags & compressed ? (this.encoding ?? '') : undefined
    if (this.flags & last) this.lastText = textOf(bytes, encoding)
    else this.keep?.({ bytes, encoding })
  }

  /** The text of the last envelope; undefined if there was none, or it cannot be read. */
  get end(): string | undefined {
    return this.lastText
  }
}

function textOf(bytes: Buffer, encoding: string | undefined): string | undefined {
  if (encoding === undefined) return bytes.toString()
  try {
    return inflaters[encoding]?.(bytes, { maxOutputLength: most }).toString()
  } catch {
    return undefined
  }
}
