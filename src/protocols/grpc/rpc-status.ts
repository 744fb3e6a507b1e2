import type { ErrorDetail } from '../../core/error-detail.js'

/** The `google.rpc.Status` in `grpc-status-details-bin`. Source: googleapis/google/rpc/status.proto. */
export interface RpcStatus {
  readonly code: number
  readonly message: string
  readonly details: readonly ErrorDetail[]
}

const typePrefix = 'type.googleapis.com/'

/** Written by hand: it has few fields, and is needed even if the protobuf codec is not used. */
export function encodeStatus({ code, message, details }: RpcStatus): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x08, code), field(2, Buffer.from(message))]
  for (const { type, value } of details) {
    const any = Buffer.concat([field(1, Buffer.from(type.includes('/') ? type : typePrefix + type)), field(2, value)])
    parts.push(field(3, any))
  }
  return Buffer.concat(parts)
}

/** @returns undefined if the bytes are not such a message: then `grpc-status` still counts */
export function decodeStatus(bytes: Uint8Array): RpcStatus | undefined {
  let code = 0
  let message = ''
  const details: ErrorDetail[] = []
  const reader = new FieldReader(bytes)
  while (reader.next()) {
    if (reader.number === 1 && reader.content === undefined) code = reader.value
    else if (reader.number === 2 && reader.content !== undefined) message = text(reader.content)
    else if (reader.number === 3 && reader.content !== undefined) {
      const detail = decodeAny(reader.content)
      if (detail === undefined) return undefined
      details.push(detail)
    }
  }
  return reader.failed ? undefined : { code, message, details }
}

function decodeAny(bytes: Uint8Array): ErrorDetail | undefined {
  let type = ''
  let value: Uint8Array = new Uint8Array(0)
  const reader = new FieldReader(bytes)
  while (reader.next()) {
    if (reader.content === undefined) continue
    if (reader.number === 1) type = text(reader.content)
    else if (reader.number === 2) value = new Uint8Array(reader.content)
  }
  return reader.failed ? undefined : { type: type.slice(type.lastIndexOf('/') + 1), value }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
}

function field(number: number, content: Uint8Array): Uint8Array {
  const head = [(number << 3) | 2]
  let { length } = content
  for (; length > 127; length >>>= 7) head.push((length & 127) | 128)
  head.push(length)
  return Buffer.concat([Uint8Array.from(head), content])
}

/** Steps through the fields of one protobuf message. Malformed bytes end it with `failed`. */
class FieldReader {
  number = 0
  /** The value of a varint field. */
  value = 0
  /** The bytes of a field with a length. */
  content: Uint8Array | undefined
  failed = false
  private at = 0

  constructor(private readonly bytes: Uint8Array) {}

  next(): boolean {
    if (this.failed || this.at >= this.bytes.length) return false
    const tag = this.varint()
    this.number = tag >>> 3
    this.content = undefined
    const wire = tag & 7
    if (wire === 0) this.value = this.varint()
    else if (wire === 2) this.content = this.read(this.varint())
    else if (wire === 1) this.read(8)
    else if (wire === 5) this.read(4)
    else this.failed = true
    return !this.failed
  }

  private varint(): number {
    let value = 0
    for (let shift = 1, i = 0; i < 10; i++, shift *= 128) {
      const byte = this.bytes[this.at++]
      if (byte === undefined) break
      value += (byte & 127) * shift
      if (byte < 128) return value
    }
    this.failed = true
    return 0
  }

  private read(length: number): Uint8Array {
    const end = this.at + length
    if (end > this.bytes.length) this.failed = true
    const part = this.bytes.subarray(this.at, end)
    this.at = end
    return part
  }
}
