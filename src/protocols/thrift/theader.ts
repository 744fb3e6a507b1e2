import { inflateSync } from 'node:zlib'
import type { ByteWriter } from '../../codecs/bytes/byte-writer.js'
import { binaryFormat } from '../../codecs/thrift/binary/format.js'
import { compactFormat } from '../../codecs/thrift/compact/format.js'
import type { ThriftFormat } from '../../codecs/thrift/wire.js'
import { Fault } from '../../codecs/values/fault.js'
import { Code } from '../../core/code.js'
import type { HeaderValue } from '../../core/headers.js'
import { checkMessageSize, type Limits, messageTooLarge } from '../../core/limits.js'
import { failure, type RpcError } from '../../core/rpc-error.js'
import { headersTooLarge } from '../failures.js'
import { headerValue } from './metadata.js'

/** A THeader frame has headers before the message. Source: Apache Thrift, "HeaderFormat.md". */
export const headerMagic = 0x0fff

const zlibTransform = 1
/** Headers as pairs of name and value: for this message, and for all further messages. */
const keyValues = 1
const lastingKeyValues = 2
/** Magic, flags, sequence id, size of the headers. */
const fixedLength = 10
/** The most bytes of a header: its size is 16 bits that count words of four bytes. */
export const largestHeaders = 0xffff * 4

const protocolIds: readonly (readonly [number, ThriftFormat])[] = [
  [0, binaryFormat],
  [2, compactFormat],
]

/**
 * Where the THeader frame begins within a frame: at its start, or after a second length.
 * @returns undefined if it is not THeader
 */
export function headerStart(bytes: Uint8Array, start: number): number | undefined {
  if (bytes[start] === headerMagic >> 8) return start
  // No method's name begins with this byte, so it is not an old binary message.
  return bytes[start] === 0 && bytes[start + 4] === headerMagic >> 8 ? start + 4 : undefined
}

/** The sequence id of a frame whose rest may be unreadable. @throws Fault if the frame is too short for one */
export function sequenceOf(frame: Buffer): number {
  if (frame.length < fixedLength) throw new Fault('a THeader frame that ends within its header')
  return frame.readInt32BE(4)
}

/** The format that the frame names; binary, which every peer knows, if it is unknown. */
export function formatIn(frame: Buffer): ThriftFormat {
  return protocolIds.find(([id]) => id === frame[fixedLength])?.[1] ?? binaryFormat
}

export interface HeaderFrame {
  readonly format: ThriftFormat
  readonly zlib: boolean
  /** Name, value, name, value ... as for `Headers.adopt`. */
  readonly headers: HeaderValue[]
  /** The message. */
  readonly payload: Buffer
}

/**
 * Reads a frame, without its length.
 * @throws Fault if it is malformed; RpcError if it is over a limit, or has an unknown transform or protocol
 */
export function readHeaderFrame(frame: Buffer, limits: Limits): HeaderFrame {
  if (frame.length < fixedLength) throw new Fault('a THeader frame that ends within its header')
  const size = frame.readUInt16BE(8) * 4
  const end = fixedLength + size
  if (end > frame.length) throw new Fault('a THeader header that is longer than its frame')
  if (size > limits.headerBytes) {
    throw headersTooLarge(undefined, limits.headerBytes)
  }
  const cursor = new Cursor(frame, fixedLength, end)
  const protocol = cursor.varint()
  const format = formatOf(protocol)
  if (format === undefined)
    throw unsupported('unsupported_protocol', `THeader protocol ${protocol}; send binary (0) or compact (2)`)
  const transforms = readTransforms(cursor)
  const headers = readHeaders(cursor)
  let payload = frame.subarray(end)
  for (const _ of transforms) payload = inflate(payload, limits.messageBytes)
  checkMessageSize(payload.length, limits.messageBytes)
  return { format, zlib: transforms.length > 0, headers, payload }
}

function readTransforms(cursor: Cursor): readonly number[] {
  const transforms: number[] = []
  const count = cursor.varint()
  if (count > 1) throw unsupported('unsupported_transform', `${count} THeader transforms; send none or zlib (1)`)
  if (count === 1) {
    const transform = cursor.varint()
    if (transform !== zlibTransform)
      throw unsupported('unsupported_transform', `THeader transform ${transform}; send none or zlib (1)`)
    transforms.push(transform)
  }
  return transforms
}

/** An unknown kind of header ends the list, because its length is unknown. */
function readHeaders(cursor: Cursor): HeaderValue[] {
  const headers: HeaderValue[] = []
  while (cursor.left > 0) {
    const kind = cursor.varint()
    if (kind !== keyValues && kind !== lastingKeyValues) break
    for (let count = cursor.varint(); count > 0; count--) {
      const name = cursor.text().toLowerCase()
      const value = headerValue(name, cursor.text())
      if (value !== undefined) headers.push(name, value)
    }
  }
  return headers
}

function inflate(bytes: Buffer, limit: number): Buffer {
  try {
    return inflateSync(bytes, { maxOutputLength: limit })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw new Fault('it is not zlib data')
    throw messageTooLarge(limit)
  }
}

function formatOf(protocol: number): ThriftFormat | undefined {
  return protocolIds.find(([id]) => id === protocol)?.[1]
}

type Unsupported = 'unsupported_protocol' | 'unsupported_transform'

function unsupported(reason: Unsupported, what: string): RpcError {
  return failure(reason, Code.unimplemented, `not supported: ${what}`)
}

class Cursor {
  constructor(
    private readonly bytes: Buffer,
    private at: number,
    private readonly end: number,
  ) {}

  get left(): number {
    return this.end - this.at
  }

  varint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.at >= this.end) break
      const byte = this.bytes[this.at++] as number
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
    throw new Fault('a malformed number in a THeader header')
  }

  text(): string {
    const length = this.varint()
    if (length > this.left) throw new Fault('a THeader header that ends within a text')
    this.at += length
    return this.bytes.toString('latin1', this.at - length, this.at)
  }
}

/**
 * Writes the part of a frame before the message; its length is set later.
 * `headers`: name, value, name, value ..., in ASCII.
 */
export function writeHeaderFrame(
  writer: ByteWriter,
  { format, zlib }: Pick<HeaderFrame, 'format' | 'zlib'>,
  { sequence, headers }: { readonly sequence: number; readonly headers: readonly string[] },
): void {
  writer.int32(headerMagic << 16)
  writer.int32(sequence)
  const sizeAt = writer.size
  writer.byte(0)
  writer.byte(0)
  const start = writer.size
  writer.byte(protocolIds.find(([, known]) => known.name === format.name)?.[0] ?? 0)
  writer.byte(zlib ? 1 : 0)
  if (zlib) writer.byte(zlibTransform)
  if (headers.length > 0) {
    writer.byte(keyValues)
    writeVarint(writer, headers.length / 2)
    for (const text of headers) {
      writeVarint(writer, text.length)
      writer.utf8(text, text.length)
    }
  }
  while ((writer.size - start) % 4 !== 0) writer.byte(0)
  const size = writer.size - start
  if (size > largestHeaders) throw new Fault(`headers of ${size} bytes, which THeader cannot carry`)
  writer.setInt16(sizeAt, size / 4)
}

function writeVarint(writer: ByteWriter, value: number): void {
  for (; value > 127; value >>>= 7) writer.byte((value & 127) | 128)
  writer.byte(value)
}
