import type { Serializer } from '../../codecs/codec.js'
import { shrunk } from '../../codecs/compression.js'
import type { OutgoingCompression } from '../../core/call.js'
import type { Code } from '../../core/code.js'
import { messageTooLarge } from '../../core/limits.js'
import { failure } from '../../core/rpc-error.js'
import { GatheredBytes } from '../gathered-bytes.js'

/** Source: Connect protocol, "Enveloped-Message". */
export const compressedFlag = 0x01
export const endStreamFlag = 0x02
const headBytes = 5
const none: Uint8Array = new Uint8Array(0)

export interface Envelope {
  readonly flags: number
  readonly bytes: Uint8Array
}

/** One flag byte, the length as a big-endian 32-bit number, the message. */
export function writeEnvelope(flags: number, message: Uint8Array): Buffer {
  const envelope = Buffer.allocUnsafe(headBytes + message.byteLength)
  envelope.set(message, headBytes)
  return fillHead(envelope, flags)
}

/** One message in its envelope, encoded straight behind the head where the codec can. */
export function encodeEnvelope(serializer: Serializer, message: unknown): Buffer {
  const envelope = serializer.encodeAfter?.(message, headBytes)
  if (envelope === undefined) return writeEnvelope(0, serializer.encode(message))
  return fillHead(Buffer.from(envelope.buffer, envelope.byteOffset, envelope.byteLength), 0)
}

/**
 * An envelope, compressed.
 * @returns undefined where it is to be sent as it is
 */
export function compressEnvelope(
  envelope: Buffer,
  compression: OutgoingCompression,
): Promise<Buffer | undefined> | undefined {
  return shrunk(envelope.subarray(headBytes), compression)?.then(small => small && writeEnvelope(compressedFlag, small))
}

function fillHead(envelope: Buffer, flags: number): Buffer {
  envelope[0] = flags
  envelope.writeUInt32BE(envelope.byteLength - headBytes, 1)
  return envelope
}

/**
 * Cuts arriving bytes into envelopes. It holds what has arrived of one unfinished envelope and never allocates by a declared length: the
 * length is checked against the limit first, and the message is joined when its last byte is there.
 */
export class EnvelopeReader {
  /** Where the next envelope begins; `rest` is what has arrived behind it. */
  private front: Uint8Array = none
  private readonly rest = new GatheredBytes()

  /**
   * @param limits bytes of one message, and of an end of stream
   * @param fault code of bytes that are no envelopes: whose mistake they are depends on the side
   */
  constructor(
    private readonly limits: { readonly message: number; readonly end: number },
    private readonly fault: Code.invalid_argument | Code.internal,
  ) {}

  /** True between two envelopes. */
  get isAtBoundary(): boolean {
    return this.front.byteLength === 0
  }

  push(chunk: Uint8Array): void {
    if (this.front.byteLength === 0) this.front = chunk
    else if (chunk.byteLength > 0) this.rest.add(chunk)
  }

  /**
   * The next whole envelope; undefined until its last byte has arrived. Its bytes are nobody else's.
   * @throws RpcError `resource_exhausted` (`message_too_large`), or the fault (`malformed_envelope`); nothing more can be read then
   */
  next(): Envelope | undefined {
    const buffered = this.front.byteLength + this.rest.length
    if (buffered < headBytes) return undefined
    if (this.front.byteLength < headBytes) this.join()
    const first = this.front
    const flags = first[0] as number
    const length = Buffer.from(first.buffer, first.byteOffset, headBytes).readUInt32BE(1)
    if (flags > (compressedFlag | endStreamFlag)) {
      throw failure('malformed_envelope', this.fault, `an envelope has unknown flags 0x${flags.toString(16)}`)
    }
    const limit = (flags & endStreamFlag) === 0 ? this.limits.message : this.limits.end
    if (length > limit) throw messageTooLarge(limit)
    if (buffered < headBytes + length) return undefined
    if (first.byteLength < headBytes + length) this.join()
    return { flags, bytes: this.take(length) }
  }

  private take(length: number): Uint8Array {
    const all = this.front
    const end = headBytes + length
    this.front = all.subarray(end)
    if (this.front.byteLength === 0) {
      this.front = this.rest.all()
      this.rest.clear()
    }
    return all.subarray(headBytes, end)
  }

  /** Only ever called to complete a head or a message, so that a byte is copied at most twice. */
  private join(): void {
    this.front = Buffer.concat([this.front, this.rest.all()])
    this.rest.clear()
  }
}
