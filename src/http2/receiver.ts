import { type ControlHost, ControlReceiver } from './control-receiver.js'
import type { Credit } from './credit.js'
import { ErrorCode, HeadersTooLarge, Http2Error, nameOf, protocol, type Reach, wrongLength } from './error.js'
import type { ReceiveFlow } from './flow-control.js'
import type { Frame, FrameSink } from './frame-reader.js'
import * as frames from './frames.js'
import { HeaderAssembly } from './header-assembly.js'
import type { HeaderList } from './header-list.js'
import { HpackDecoder } from './hpack-decoder.js'
import type { ConnectionOptions } from './options.js'
import type { Sender } from './sender.js'
import { failStream, type Http2Stream } from './stream.js'

/** The part of the connection that a receiver uses. */
export interface ReceiverHost extends ControlHost {
  readonly limits: ConnectionOptions
  readonly sender: Sender
  readonly flow: ReceiveFlow
  readonly credit: Credit
  /** Whether no HEADERS were ever seen or sent for this id. */
  isIdle(streamId: number): boolean
  /** A header block came for a stream that is not open. */
  headersArrive(streamId: number, headers: HeaderList, ended: boolean): void
}

/**
 * The receiving half of a connection. It passes each frame to its stream or to the connection, and checks the rules of RFC 9113 that a peer
 * can break. A fault of the connection is thrown; a fault of a stream resets that stream.
 */
export class Receiver implements FrameSink {
  /** The number of frames that have begun. */
  frames = 0
  /** The number of DATA frames and header blocks. */
  replies = 0
  private readonly decoder: HpackDecoder
  private readonly block: HeaderAssembly
  private readonly control: ControlReceiver
  private settingsSeen = false
  /** The stream of the current DATA frame; undefined: its data is dropped. */
  private dataStream: Http2Stream | undefined

  constructor(private readonly host: ReceiverHost) {
    this.decoder = new HpackDecoder(host.limits.maxHeaderList)
    this.block = new HeaderAssembly(host.limits)
    this.control = new ControlReceiver(host)
  }

  /** Within a header block. */
  get midway(): boolean {
    return this.block.open
  }

  /** The connection is idle: drops what the next stream makes again. */
  rest(): void {
    this.decoder.rest()
    this.block.rest()
  }

  dataBegins(frame: Frame): void {
    this.expect(frame)
    const { flow } = this.host
    if (frame.streamId === 0) throw protocol('DATA on stream 0')
    this.replies++
    flow.charge(frame.length)
    flow.release(frame.length - frame.body)
    this.dataStream = this.dataTarget(frame)
    this.host.credit.received()
  }

  dataArrives(frame: Frame): void {
    const stream = this.dataStream
    const length = frame.end - frame.start
    // An idle connection must not keep its last call alive.
    if (frame.left === 0) this.dataStream = undefined
    if (stream === undefined || stream.closed) {
      this.host.flow.release(length)
      return
    }
    const ended = frame.left === 0 && (frame.flags & frames.END_STREAM) !== 0
    if (length === 0 && !ended) return
    stream.unconsumed += length
    stream.endReceived = ended
    stream.handler.onData(stream, frame.bytes.subarray(frame.start, frame.end), ended)
    if (ended && stream.endSent) this.host.sender.close(stream)
  }

  arrives(frame: Frame): void {
    this.expect(frame)
    switch (frame.type) {
      case frames.HEADERS:
        if (frame.streamId === 0) throw protocol('HEADERS on stream 0')
        if (this.block.add(frame)) this.headerBlock()
        else if (frame.length === 0) this.host.guards.empty()
        break
      case frames.CONTINUATION:
        if (this.block.next(frame)) this.headerBlock()
        else if (frame.length === 0) this.host.guards.empty()
        break
      case frames.RST_STREAM:
        this.reset(frame)
        break
      case frames.PRIORITY:
        if (frame.streamId === 0) throw protocol('PRIORITY on stream 0')
        if (frame.length !== 5) this.refuse(frame.streamId, ErrorCode.frame_size_error, 'PRIORITY is not 5 bytes long')
        break
      case frames.PUSH_PROMISE:
        throw protocol('PUSH_PROMISE, which was not allowed')
      case frames.WINDOW_UPDATE:
        this.windowUpdate(frame)
        break
      default:
        this.control.arrives(frame)
    }
  }

  /** Ends one stream because its peer broke a rule. */
  refuse(streamId: number, code: ErrorCode, why: string): void {
    const stream = this.host.streams.get(streamId)
    if (stream === undefined) this.host.writer.reset(streamId, code)
    else failStream(stream, new Http2Error(code, why))
    if (this.host.isServer) this.host.guards.reset()
  }

  /** Takes the declared length, and whether the stream ends with its headers. @returns false if they contradict */
  begin(stream: Http2Stream, headers: HeaderList, ended: boolean): boolean {
    stream.headersReceived = true
    stream.endReceived = ended
    if (!stream.bodiless && headers.status !== 304) stream.expected = headers.contentLength
    return !ended || stream.expected <= 0
  }

  private expect(frame: Frame): void {
    this.frames++
    if (this.block.open && frame.type !== frames.CONTINUATION) throw protocol('a frame within a header block')
    if (!this.settingsSeen) {
      if (frame.type !== frames.SETTINGS || frame.flags & frames.ACK) throw protocol('the first frame is not SETTINGS')
      this.settingsSeen = true
    }
  }

  private dataTarget(frame: Frame): Http2Stream | undefined {
    const { streams, writer, guards } = this.host
    const { streamId } = frame
    const stream = streams.get(streamId)
    const ended = (frame.flags & frames.END_STREAM) !== 0
    if (frame.body === 0 && !ended) guards.empty()
    if (stream === undefined) {
      if (this.host.isIdle(streamId)) throw protocol('DATA on a stream that was never opened')
      if (!writer.disregards(streamId)) this.refuse(streamId, ErrorCode.stream_closed, 'DATA on a closed stream')
      return undefined
    }
    stream.receiveWindow -= frame.length
    if (stream.receiveWindow < 0) this.refuse(streamId, ErrorCode.flow_control_error, 'DATA over the stream window')
    else if (stream.endReceived) this.refuse(streamId, ErrorCode.stream_closed, 'DATA behind the end of its stream')
    else if (!stream.headersReceived) this.refuse(streamId, ErrorCode.protocol_error, 'DATA before response headers')
    else if (!fits(stream, frame.body, ended)) {
      this.refuse(streamId, ErrorCode.protocol_error, 'content-length is not the length of the body')
    } else {
      if (frame.length > frame.body) stream.uncredited += frame.length - frame.body
      return stream
    }
    return undefined
  }

  private headerBlock(): void {
    this.replies++
    const { streamId, endsStream, bytes, start, end } = this.block
    const headers = this.decoder.decode(bytes, start, end)
    const stream = this.host.streams.get(streamId)
    if (stream === undefined) {
      this.host.headersArrive(streamId, headers, endsStream)
    } else if (stream.endReceived) {
      this.refuse(streamId, ErrorCode.stream_closed, 'HEADERS behind the end of its stream')
    } else if (headers.tooLarge) {
      if (this.host.isServer) this.host.guards.reset()
      failStream(stream, new HeadersTooLarge(headers, this.host.limits.maxHeaderList))
    } else if (stream.headersReceived) {
      this.trailers(stream, headers, endsStream)
    } else {
      this.response(stream, headers, endsStream)
    }
  }

  private response(stream: Http2Stream, headers: HeaderList, ended: boolean): void {
    const { isInformational } = headers
    const fault =
      headers.responseFault() || (isInformational && ended ? 'an informational response ends the stream' : '')
    if (fault) {
      this.refuse(stream.id, ErrorCode.protocol_error, `malformed response: ${fault}`)
    } else if (isInformational) {
      this.informational(stream)
    } else {
      if (!this.begin(stream, headers, ended)) {
        this.refuse(stream.id, ErrorCode.protocol_error, 'a body was declared and the response has none')
        return
      }
      stream.handler.onHeaders(stream, headers, ended)
      if (ended && stream.endSent) this.host.sender.close(stream)
    }
  }

  /** Informational responses are skipped, up to a limit. */
  private informational(stream: Http2Stream): void {
    const { maxInformational } = this.host.limits
    if (++stream.informational <= maxInformational) return
    this.host.guards.informational()
    this.refuse(stream.id, ErrorCode.enhance_your_calm, `over ${maxInformational} informational responses to a request`)
  }

  private trailers(stream: Http2Stream, headers: HeaderList, ended: boolean): void {
    const fault = ended ? headers.trailersFault() : 'trailers do not end the stream'
    if (fault || stream.expected > 0) {
      this.refuse(stream.id, ErrorCode.protocol_error, `malformed: ${fault || 'the body is shorter than declared'}`)
      return
    }
    stream.endReceived = true
    stream.handler.onTrailers(stream, headers)
    if (stream.endSent) this.host.sender.close(stream)
  }

  private reset(frame: Frame): void {
    const { streams, sender, guards, isServer } = this.host
    const { streamId } = frame
    if (frame.length !== 4) throw wrongLength('RST_STREAM')
    if (streamId === 0 || this.host.isIdle(streamId)) throw protocol('RST_STREAM on a stream that was never opened')
    const stream = streams.get(streamId)
    if (stream === undefined) return
    const code = frames.readUint32(frame.bytes, frame.start)
    stream.wasReset = true
    sender.close(stream)
    // NO_ERROR after a complete response only means that the rest of the request is not needed (RFC 9113, section 8.1).
    if (isServer || code !== ErrorCode.no_error || !stream.endReceived) {
      const reach: Reach = code === ErrorCode.refused_stream ? 'refused' : 'unknown'
      stream.handler.onReset(stream, new Http2Error(code, `the peer reset the stream: ${nameOf(code)}`, reach))
    }
    if (!isServer) return
    guards.reset()
    if (!stream.held) guards.resets.giveBack()
  }

  private windowUpdate(frame: Frame): void {
    const { sender, streams } = this.host
    const { streamId } = frame
    if (frame.length !== 4) throw wrongLength('WINDOW_UPDATE')
    const increment = frames.readUint31(frame.bytes, frame.start)
    if (streamId === 0) {
      if (increment === 0) throw protocol('WINDOW_UPDATE of 0')
      sender.widenConnection(increment)
      return
    }
    if (this.host.isIdle(streamId)) throw protocol('WINDOW_UPDATE on a stream that was never opened')
    const stream = streams.get(streamId)
    if (stream === undefined) return
    if (increment === 0) this.refuse(streamId, ErrorCode.protocol_error, 'WINDOW_UPDATE of 0')
    else if (stream.sendWindow + increment > frames.MAX_31_BITS) {
      this.refuse(streamId, ErrorCode.flow_control_error, 'a stream window over 2^31 - 1')
    } else sender.widen(stream, increment)
  }
}

/** Whether `length` more bytes of body agree with the declared content-length. */
function fits(stream: Http2Stream, length: number, ended: boolean): boolean {
  if (stream.expected < 0) return true
  stream.expected -= length
  return stream.expected >= 0 && (!ended || stream.expected === 0)
}
