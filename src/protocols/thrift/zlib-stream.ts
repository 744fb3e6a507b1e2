import { Duplex } from 'node:stream'
import { constants, createDeflate, createInflate, type ZlibOptions } from 'node:zlib'

/** What carries the bytes: a socket, or a stream that keeps no process alive. */
interface Carrier extends Duplex {
  ref?(): unknown
  unref?(): unknown
}

/**
 * A connection that is one zlib stream in each direction (Apache's TZlibTransport). Each write is flushed, so the peer can read it at once.
 *
 * It inflates one chunk (16 KiB) after another, and only while its reader takes them. So a peer cannot make it hold more than the reader's
 * own limits allow, however well its bytes are compressed.
 */
export class ZlibStream extends Duplex {
  private readonly inflate = createInflate({ finishFlush: constants.Z_SYNC_FLUSH })
  private readonly deflate

  /** @param options of what is written; a smaller window costs less memory for each connection */
  constructor(
    readonly carrier: Carrier,
    options: Pick<ZlibOptions, 'windowBits' | 'memLevel'> = {},
  ) {
    super({ allowHalfOpen: false })
    const { inflate } = this
    // Apache's libraries close the socket without an end of the stream, too. Its bytes would hide the end of the connection for a turn.
    const deflate = createDeflate({ ...options, flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH })
    this.deflate = deflate
    inflate.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) inflate.pause()
    })
    inflate.once('end', () => this.push(null))
    inflate.once('error', cause => this.destroy(new Error('the bytes are not a zlib stream', { cause })))
    deflate.once('error', error => this.destroy(error))
    carrier.once('error', error => this.destroy(error))
    carrier.once('end', () => {
      // The end of the inflater is later by a turn, in which a call would still begin.
      if (inflate.writableLength === 0 && inflate.readableLength === 0) this.push(null)
    })
    carrier.once('close', () => {
      // What arrived before a clean end may still have to be inflated, while nothing can be written any more.
      if (!carrier.readableEnded || this.writableLength > 0 || this.writableEnded) this.destroy()
    })
    carrier.pipe(inflate)
    deflate.pipe(carrier)
  }

  ref(): void {
    this.carrier.ref?.()
  }

  unref(): void {
    this.carrier.unref?.()
  }

  override _read(): void {
    this.inflate.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.carrier.closed) done(new Error('the connection is closed'))
    else this.deflate.write(chunk, done)
  }

  override _final(done: () => void): void {
    if (this.carrier.closed || this.carrier.writableFinished) done()
    else {
      this.carrier.once('finish', done)
      this.deflate.end()
    }
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.inflate.destroy()
    this.deflate.destroy()
    if (this.carrier.closed) done(error)
    else this.carrier.destroy().once('close', () => done(error))
  }
}

/**
 * Whether a connection begins with a zlib stream: the header of RFC 1950 that every zlib writes by default, and a block behind it.
 * @returns undefined: needs more bytes
 */
export function beginsZlib(head: Uint8Array): boolean | undefined {
  const [method, flags, block] = head
  if (method === undefined) return undefined
  if (method !== 0x78) return false
  if (flags === undefined || block === undefined) return undefined
  const hasDictionary = (flags & 0x20) !== 0
  if (((method << 8) | flags) % 31 !== 0 || hasDictionary || (block & 6) === 6) return false
  // An Avro frame may have such a serial number. The number of its buffers stands behind that, and is small.
  if (head.length < 7) return undefined
  return head[4] !== 0 || head[5] !== 0 || head[6] !== 0
}
