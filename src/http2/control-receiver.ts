import type { ReadonlyIdTable } from '../core/id-table.js'
import { Http2Error, nameOf, protocol, wrongLength } from './error.js'
import type { Frame } from './frame-reader.js'
import type { FrameWriter } from './frame-writer.js'
import * as frames from './frames.js'
import type { Guards } from './guards.js'
import type { Http2Stream } from './stream.js'

/** The first byte of this side's PINGs, which shows what an acknowledgement is for. */
export const KEEPALIVE = 1
export const SAMPLE = 2
export const DRAIN = 3

/** The frames of stream 0, as the connection handles them. */
export interface ControlHost {
  readonly isServer: boolean
  readonly streams: ReadonlyIdTable<Http2Stream>
  readonly writer: FrameWriter
  readonly guards: Guards
  settingsArrive(frame: Frame): void
  settingsAcknowledged(): void
  pingAcknowledged(kind: number): void
  goawayArrives(lastStreamId: number, error: Http2Error): void
}

/** Reads the frames of stream 0: SETTINGS, PING and GOAWAY. Ignores unknown types. */
export class ControlReceiver {
  constructor(private readonly host: ControlHost) {}

  arrives(frame: Frame): void {
    if (frame.type === frames.SETTINGS) this.settings(frame)
    else if (frame.type === frames.PING) this.ping(frame)
    else if (frame.type === frames.GOAWAY) this.goaway(frame)
  }

  private settings(frame: Frame): void {
    if (frame.streamId !== 0) throw protocol('SETTINGS on a stream')
    if (frame.flags & frames.ACK) {
      if (frame.length !== 0) throw wrongLength('a SETTINGS acknowledgement')
      this.host.settingsAcknowledged()
      return
    }
    if (frame.length % 6 !== 0) throw wrongLength('SETTINGS')
    this.host.guards.ack()
    this.host.settingsArrive(frame)
    this.host.writer.control(frames.SETTINGS, frames.ACK, 0, 0)
  }

  private ping(frame: Frame): void {
    const { writer, guards, streams, isServer } = this.host
    if (frame.streamId !== 0) throw protocol('PING on a stream')
    if (frame.length !== 8) throw wrongLength('PING')
    if (frame.flags & frames.ACK) {
      this.host.pingAcknowledged(frame.bytes[frame.start] as number)
      return
    }
    guards.ack()
    if (isServer) {
      guards.ping(writer.busy, streams.size)
      writer.busy = false
    }
    writer.echoPing(frame.bytes, frame.start)
  }

  private goaway(frame: Frame): void {
    if (frame.streamId !== 0) throw protocol('GOAWAY on a stream')
    if (frame.length < 8) throw wrongLength('GOAWAY')
    const code = frames.readUint32(frame.bytes, frame.start + 4)
    const detail = frame.bytes.toString('latin1', frame.start + 8, Math.min(frame.end, frame.start + 264))
    const printable = detail.replace(/[^ -~]/g, '?')
    const error = new Http2Error(code, `the peer sent GOAWAY: ${nameOf(code)}${printable && ` (${printable})`}`)
    this.host.goawayArrives(frames.readUint31(frame.bytes, frame.start), error)
  }
}
