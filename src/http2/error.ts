import type { HeaderList } from './header-list.js'

/** HTTP/2 error codes (RFC 9113, section 7). */
export enum ErrorCode {
  no_error = 0x0,
  protocol_error = 0x1,
  internal_error = 0x2,
  flow_control_error = 0x3,
  settings_timeout = 0x4,
  stream_closed = 0x5,
  frame_size_error = 0x6,
  refused_stream = 0x7,
  cancel = 0x8,
  compression_error = 0x9,
  connect_error = 0xa,
  enhance_your_calm = 0xb,
  inadequate_security = 0xc,
  http_1_1_required = 0xd,
}

/**
 * How far a request came before it failed, which decides whether any request may be sent again.
 * - `unsent`: it never left this process.
 * - `refused`: the peer said that it did not process it (REFUSED_STREAM, or a GOAWAY with a lower last stream id).
 * - `unknown`: the peer may have processed it.
 */
export type Reach = 'unsent' | 'refused' | 'unknown'

/** The message of a connection that was ended because nothing here needs it any more. */
export const destroyedHere = 'the connection was destroyed on this side'

/** A failure of a connection or of one stream, with the HTTP/2 code that was received, or sent, for it. */
export class Http2Error extends Error {
  override readonly name = 'Http2Error'
  /** It can be a code without a name in RFC 9113: a peer can send any 32-bit number. */
  readonly code: ErrorCode
  readonly reach: Reach

  /** @param options `cause`: the error of the socket */
  constructor(code: ErrorCode, message: string, reach: Reach = 'unknown', options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.reach = reach
  }
}

/** The peer sent a header section over `maxHeaderList`. Its stream fails; the connection continues. */
export class HeadersTooLarge extends Http2Error {
  constructor(
    /** Its first fields, as far as they fit. */
    readonly headers: HeaderList,
    /** Bytes. */
    readonly limit: number,
  ) {
    super(ErrorCode.enhance_your_calm, `headers over ${limit} bytes`)
  }
}

/** The fault of this side, which its peer is not told. */
export function handlerThrew(cause: unknown): Http2Error {
  return new Http2Error(ErrorCode.internal_error, 'a stream handler threw; the cause says what', 'unknown', { cause })
}

/** The name of an error code as RFC 9113 prints it, or its number in hexadecimal. */
export function nameOf(code: number): string {
  return ErrorCode[code]?.toUpperCase() ?? `0x${code.toString(16)}`
}

/** The peer broke a rule for the whole connection. */
export function protocol(what: string): Http2Error {
  return new Http2Error(ErrorCode.protocol_error, `the peer sent ${what}`)
}

export function wrongLength(what: string): Http2Error {
  return new Http2Error(ErrorCode.frame_size_error, `the peer sent ${what} of a length that it must not have`)
}
