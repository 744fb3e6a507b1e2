import type { Duplex } from 'node:stream'
import { PREFACE } from '../../src/http2/frames.js'

/** A frame as it was on the wire. */
export interface RawFrame {
  readonly type: number
  readonly flags: number
  readonly streamId: number
  readonly payload: Buffer
}

/** The bytes of one frame; nothing about it is checked. */
export function frame(type: number, flags: number, streamId: number, payload: Uint8Array | string = ''): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload
  const bytes = Buffer.alloc(9 + body.length)
  bytes.writeUIntBE(body.length, 0, 3)
  bytes[3] = type
  bytes[4] = flags
  bytes.writeUInt32BE(streamId, 5)
  bytes.set(body, 9)
  return bytes
}

/** A header block of plain literals: name, value, name, value. */
export function block(...fields: string[]): Buffer {
  const parts: Buffer[] = []
  for (let i = 0; i < fields.length; i += 2) {
    parts.push(Buffer.from([0]), text(fields[i] as string), text(fields[i + 1] as string))
  }
  return Buffer.concat(parts)
}

/** An HPACK string without Huffman coding. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1')
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes])
  const head = [127]
  let left = bytes.length - 127
  for (; left >= 128; left >>= 7) head.push((left & 127) | 128)
  head.push(left)
  return Buffer.concat([Buffer.from(head), bytes])
}

export function uint32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, i) => {
    bytes.writeUInt32BE(value >>> 0, i * 4)
  })
  return bytes
}

export function setting(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(6)
  bytes.writeUInt16BE(id, 0)
  bytes.writeUInt32BE(value, 2)
  return bytes
}

export const REQUEST = [':method', 'POST', ':scheme', 'http', ':path', '/', ':authority', 'test']
export const CLIENT_START = Buffer.concat([Buffer.from(PREFACE, 'latin1'), frame(4, 0, 0)])

/** The other side of a connection under test: sends any bytes and keeps every frame it gets. */
export class RawPeer {
  readonly frames: RawFrame[] = []
  ended = false
  private held: Buffer = Buffer.alloc(0)
  private waiting: (() => void)[] = []

  /** @param preface whether to skip a client's preface first */
  constructor(
    private readonly socket: Duplex,
    preface = false,
  ) {
    let skip = preface ? PREFACE.length : 0
    socket.on('data', (chunk: Buffer) => {
      this.held = Buffer.concat([this.held, chunk])
      if (this.held.length < skip) return
      this.held = this.held.subarray(skip)
      skip = 0
      this.parse()
      this.wake()
    })
    const end = () => {
      this.ended = true
      this.wake()
    }
    socket.on('end', end)
    socket.on('close', end)
    socket.on('error', end)
  }

  send(...bytes: Uint8Array[]): void {
    if (!this.socket.destroyed && !this.socket.writableEnded) this.socket.write(Buffer.concat(bytes))
  }

  close(): void {
    this.socket.end()
  }

  /** The first frame that fits, now or later; undefined once the connection ended without one. */
  async find(fits: (frame: RawFrame) => boolean): Promise<RawFrame | undefined> {
    for (;;) {
      const found = this.frames.find(fits)
      if (found !== undefined || this.ended) return found
      await this.news()
    }
  }

  /** Answers once the other side has read all that was sent; false where the connection ended instead. */
  async alive(): Promise<boolean> {
    const mark = Buffer.from(`alive${String(this.frames.length).padStart(3, '0')}`.slice(0, 8))
    this.send(frame(6, 0, 0, mark))
    return (
      (await this.find(({ type, flags, payload }) => type === 6 && flags === 1 && payload.equals(mark))) !== undefined
    )
  }

  /** The code of the GOAWAY that ends the connection; undefined where there is none. */
  async goaway(): Promise<number | undefined> {
    while (!this.ended) await this.news()
    const last = this.frames.filter(({ type }) => type === 7).at(-1)
    return last?.payload.readUInt32BE(4)
  }

  /** The code of the RST_STREAM of a stream. */
  async reset(streamId: number): Promise<number | undefined> {
    const found = await this.find(({ type, streamId: id }) => type === 3 && id === streamId)
    return found?.payload.readUInt32BE(0)
  }

  private news(): Promise<void> {
    return new Promise(resolve => {
      this.waiting.push(resolve)
    })
  }

  private wake(): void {
    const { waiting } = this
    this.waiting = []
    for (const resolve of waiting) resolve()
  }

  private parse(): void {
    while (this.held.length >= 9) {
      const length = this.held.readUIntBE(0, 3)
      if (this.held.length < 9 + length) return
      this.frames.push({
        type: this.held[3] as number,
        flags: this.held[4] as number,
        streamId: this.held.readUInt32BE(5),
        payload: Buffer.from(this.held.subarray(9, 9 + length)),
      })
      this.held = this.held.subarray(9 + length)
    }
  }
}
