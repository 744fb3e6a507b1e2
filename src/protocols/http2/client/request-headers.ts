import { type HeaderBlock, prepareHeaders } from '../../../http2/header-block.js'
import type { Http2Stream } from '../../../http2/stream.js'
import { fieldSize, headerListSize } from '../../header-room.js'

/** The header in which a protocol sends the time that is left. */
export interface TimeoutField {
  readonly name: string
  /** @param milliseconds a whole number */
  format(milliseconds: number): string
}

/** The most timeouts with their own header block. */
const mostBlocks = 16

/** As long as a timeout gets in any protocol. */
const longestTimeout = '9999999999'

/**
 * The request headers of one method at one endpoint. A timeout that comes twice in a row, for most methods the only one, becomes part of a
 * prepared block, so that such a request encodes no header itself.
 */
export class RequestHeaders {
  private readonly plain: HeaderBlock
  private readonly timeoutSize: number
  private readonly blocks = new Map<number, HeaderBlock>()
  /** The last timeout without a block. */
  private candidate = -1

  constructor(
    private readonly fields: readonly (readonly [name: string, value: string])[],
    private readonly timeout: TimeoutField,
  ) {
    this.plain = prepareHeaders(fields)
    this.timeoutSize = fieldSize(timeout.name, longestTimeout)
    this.blocks.set(Number.POSITIVE_INFINITY, this.plain)
  }

  /**
   * The most bytes of the header list of one request, as HTTP/2 counts them.
   * @param timeout milliseconds; Infinity for none
   */
  size(timeout: number, extra: readonly string[] | undefined): number {
    return (
      this.plain.size +
      (timeout === Number.POSITIVE_INFINITY ? 0 : this.timeoutSize) +
      (extra === undefined ? 0 : headerListSize(extra))
    )
  }

  /**
   * @param timeout milliseconds; Infinity for none
   * @param extra the headers of this request alone: name, value, name, value
   */
  send(stream: Http2Stream, timeout: number, extra: readonly string[] | undefined): void {
    const whole = Math.ceil(timeout)
    const block = this.blocks.get(whole) ?? this.prepare(whole)
    if (block !== undefined) stream.sendHeaders(block, extra)
    else stream.sendHeaders(this.plain, this.withTimeout(whole, extra))
  }

  /** As `send`, for a request without a body. */
  sendOnly(stream: Http2Stream, timeout: number, extra: readonly string[] | undefined): void {
    if (timeout === Number.POSITIVE_INFINITY) stream.sendOnly(this.plain, extra)
    else stream.sendOnly(this.plain, this.withTimeout(Math.ceil(timeout), extra))
  }

  private withTimeout(whole: number, extra: readonly string[] | undefined): string[] {
    const { name, format } = this.timeout
    return [name, format(whole), ...(extra ?? [])]
  }

  private prepare(whole: number): HeaderBlock | undefined {
    const isRepeated = whole === this.candidate
    this.candidate = whole
    if (!isRepeated || this.blocks.size >= mostBlocks) return undefined
    const { name, format } = this.timeout
    const block = prepareHeaders([...this.fields, [name, format(whole)]])
    this.blocks.set(whole, block)
    return block
  }
}
