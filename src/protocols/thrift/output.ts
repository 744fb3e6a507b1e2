import { deflateSync } from 'node:zlib'
import type { ThriftFormat, ThriftWriter } from '../../codecs/thrift/wire.js'
import { errorTooLarge } from '../header-room.js'
import { type Body, Output } from '../pipelined/output.js'
import type { Dialect } from './dialect.js'
import { writeHeaderFrame } from './theader.js'

/** What to write besides the body of a message. */
export interface MessageHead {
  readonly kind: number
  /** From `ThriftFormat.prepareName`. */
  readonly name: Uint8Array
  readonly sequence: number
  /** On THeader and HTTP: name, value, name, value ... */
  readonly headers: readonly string[]
  /** On THeader: a message of at least this many bytes is compressed if that makes it smaller. Default: never. */
  readonly compressAbove?: number | undefined
  /** The most bytes of the message; a larger one is not sent. Default: no limit. */
  readonly most?: number | undefined
}

export interface MessageOutput {
  /**
   * Writes one message. If `body` throws, none of it is sent.
   * @param body writes the struct after the message's header
   */
  write<T>(dialect: Dialect, head: MessageHead, body: Body<ThriftWriter, T>, value: T): void
}

/** Sends the messages of a connection. */
export class ThriftOutput extends Output implements MessageOutput {
  private writer: ThriftWriter | undefined
  private format: ThriftFormat | undefined

  protected get gathered(): number {
    return this.writer?.size ?? 0
  }

  protected take(): Uint8Array | undefined {
    const { writer } = this
    this.writer = undefined
    if (writer === undefined) return undefined
    if (writer.size > 0) return writer.finish()
    writer.abandon()
    return undefined
  }

  write<T>(dialect: Dialect, head: MessageHead, body: Body<ThriftWriter, T>, value: T): void {
    const writer = this.begin(dialect.format)
    const start = writer.size
    try {
      const isNested = dialect.transport === 'framed-header'
      const isHeader = isNested || dialect.transport === 'header'
      if (isNested) writer.int32(0)
      const frame = writer.size
      if (dialect.transport !== 'unframed') writer.int32(0)
      const above = isHeader ? head.compressAbove : undefined
      if (isHeader && above === undefined) writeHeaderFrame(writer, plain(dialect), head)
      const payload = writer.size
      writer.beginMessage(head.kind, head.name, head.sequence)
      body.write(writer, value)
      writer.endMessage()
      mustNotExceed(writer.size - payload, head)
      if (above !== undefined) compress(writer, { payload, above, dialect, head })
      if (dialect.transport !== 'unframed') writer.setInt32(frame, writer.size - frame - 4)
      if (isNested) writer.setInt32(start, writer.size - start - 4)
    } catch (error) {
      writer.truncate(start)
      throw error
    }
  }

  private begin(format: ThriftFormat): ThriftWriter {
    if (this.writer !== undefined) {
      if (this.format === format) return this.writer
      this.flush()
    }
    this.format = format
    this.writer = format.writer()
    this.writer.expect(this.expected)
    this.schedule()
    return this.writer
  }
}

/** @throws RpcError for a message over its limit */
export function mustNotExceed(size: number, { most }: MessageHead): void {
  if (most !== undefined && size > most) throw errorTooLarge(size, most)
}

interface Compressible {
  /** Offset of the message. */
  readonly payload: number
  readonly above: number
  readonly dialect: Dialect
  readonly head: MessageHead
}

/** Inserts the header before a message, and compresses the message if that is worth it: only now its size is known. */
function compress(writer: ThriftWriter, { payload, above, dialect, head }: Compressible): void {
  const message = Buffer.from(writer.since(payload))
  const compressed = message.length >= above ? deflateSync(message) : message
  const zlib = compressed.length < message.length
  writer.truncate(payload)
  writeHeaderFrame(writer, { format: dialect.format, zlib }, head)
  writer.raw(zlib ? compressed : message)
}

function plain({ format }: Dialect): { readonly format: ThriftFormat; readonly zlib: boolean } {
  return { format, zlib: false }
}
