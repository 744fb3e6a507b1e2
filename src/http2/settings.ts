import { ErrorCode, Http2Error } from './error.js'
import { MAX_31_BITS, MIN_MAX_FRAME, readUint32, writeUint32 } from './frames.js'

/** Setting identifiers (RFC 9113, section 6.5.2). */
export const HEADER_TABLE_SIZE = 0x1
export const ENABLE_PUSH = 0x2
export const MAX_CONCURRENT_STREAMS = 0x3
export const INITIAL_WINDOW_SIZE = 0x4
export const MAX_FRAME_SIZE = 0x5
export const MAX_HEADER_LIST_SIZE = 0x6

/** A peer's settings, initially the values of RFC 9113. */
export class PeerSettings {
  headerTableSize = 4096
  maxConcurrentStreams = Number.POSITIVE_INFINITY
  initialWindowSize = 65_535
  maxFrameSize = MIN_MAX_FRAME
  maxHeaderListSize = Number.POSITIVE_INFINITY
  /** Whether the peer's SETTINGS have arrived. */
  received = false

  /**
   * Takes one SETTINGS payload; unknown settings are ignored.
   * @param ofServer whether the peer is a server, which must not enable push
   * @throws Http2Error for a value that RFC 9113 does not allow
   */
  apply(bytes: Uint8Array, { start, end }: { start: number; end: number }, ofServer: boolean): void {
    for (let at = start; at + 6 <= end; at += 6) {
      const value = readUint32(bytes, at + 2)
      switch (((bytes[at] as number) << 8) | (bytes[at + 1] as number)) {
        case HEADER_TABLE_SIZE:
          this.headerTableSize = value
          break
        case ENABLE_PUSH:
          if (value > 1 || (value === 1 && ofServer)) throw bad(ErrorCode.protocol_error, 'ENABLE_PUSH', value)
          break
        case MAX_CONCURRENT_STREAMS:
          this.maxConcurrentStreams = value
          break
        case INITIAL_WINDOW_SIZE:
          if (value > MAX_31_BITS) throw bad(ErrorCode.flow_control_error, 'INITIAL_WINDOW_SIZE', value)
          this.initialWindowSize = value
          break
        case MAX_FRAME_SIZE:
          if (value < MIN_MAX_FRAME || value > 0xffffff) throw bad(ErrorCode.protocol_error, 'MAX_FRAME_SIZE', value)
          this.maxFrameSize = value
          break
        case MAX_HEADER_LIST_SIZE:
          this.maxHeaderListSize = value
          break
      }
    }
    this.received = true
  }
}

/** A SETTINGS payload of identifiers and values. */
export function payload(settings: readonly (readonly [id: number, value: number])[]): Uint8Array {
  const bytes = new Uint8Array(settings.length * 6)
  settings.forEach(([id, value], i) => {
    bytes[i * 6] = id >>> 8
    bytes[i * 6 + 1] = id
    writeUint32(bytes, i * 6 + 2, value)
  })
  return bytes
}

function bad(code: ErrorCode, name: string, value: number): Http2Error {
  return new Http2Error(code, `SETTINGS_${name} is ${value}`)
}
