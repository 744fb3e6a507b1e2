import { inflateSync } from 'node:zlib'
import type { ByteWriter } from '../../codecs/bytes/byte-writer.js'
import { binaryFormat } from '../../codecs/thrift/binary/format.js'
import { compactFormat } from '../../codecs/thrift/compact/format.js'
import type { ThriftFormat } from '../../codecs/thrift/wire.js'
import { Fault } from '../../codecs/values/fault.js'
import { Code } from '../../core/code.js'
import type { HeaderValue } from '../../core/headers.js'
import { type Limits, messageTooLarge } from '../../core/limits.js'
import { failure, type RpcError } from '../../core/rpc-error.js'
import { headersTooLarge } from '../failures.js'
import { headerValue } from './metadata.js'

/** THeader's frames: headers in front of a message. Source: Apache Thrift, "HeaderFormat.md". */
export const headerMagic = 0x0fff

const zlibTransform = 1
/** Headers as pairs of name and value, for this message and for all that follow. */
const keyValues = 1
const lastingKeyValues = 2
/** Magic, flags, sequence id, size of the headers. */
const fixedLength = 10
/** Bytes of a header, since its size is told in words of four. */
export const largestHeaders = 0xffff * 4

const protocolIds: readonly (readonly [number, ThriftFormat])[] = [
  [0, binaryFormat],
  [2, compactFormat],
]

/**
 * Where the THeader frame begins, its length left out, in what came as a frame: at its start, or behind a second length.
 * @returns undefined: it is not of THeader
 */
export function headerStart(bytes: Uint8Array, start: number): number | undefined {
  if (bytes[start] === headerMagic >> 8) return start
  // No method's name begins with this byte, so it is not an old binary message.
  return bytes[start] === 0 && bytes[start + 4] === headerMagic >> 8 ? start + 4 : undefined
}

/** The sequence id of a frame of which no more than the beginning can be read. @throws Fault where not even that is there */
export function sequenceOf(frame: Buffer): number {
  if (frame.length < fixedLength) throw new Fault('a THeader frame that ends within its header')
  return frame.readInt32BE(4)
}

/** The protocol that the frame names; the one that every peer knows where it is another. */
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
 * Reads a frame, its length left out.
 * @throws Fault where it is malformed; RpcError where it is over a limit, or of a transform or protocol that is not known
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

/** Unknown kinds of headers end the list, since their length is not known. */
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
 * Writes what stands in front of the message; the frame's length is set later.
 * `headers`: name, value, name, value ..., as `headerText` makes them.
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
