import { ErrorCode, type Http2Error } from '../../../http2/error.js'
import type { ConnectionOptions } from '../../../http2/options.js'
import type { Keepalive } from '../../protocol.js'

/** A channel's keepalive. Its time doubles whenever a server reports too many PINGs. Source: gRFC A8. */
export class KeepaliveTime {
  private factor = 1

  constructor(private readonly keepalive: Keepalive | undefined) {}

  /** The options of the next connection. */
  get options(): Partial<ConnectionOptions> {
    if (this.keepalive === undefined) return {}
    const { time, timeout, withoutCalls } = this.keepalive
    return { keepaliveTime: time * this.factor, keepaliveTimeout: timeout, keepaliveWithoutStreams: withoutCalls }
  }

  /** Called when a server has sent GOAWAY. */
  goaway({ code, message }: Http2Error): void {
    if (code === ErrorCode.enhance_your_calm && message.includes('too_many_pings')) this.factor *= 2
  }
}
