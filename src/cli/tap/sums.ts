import { counted } from '../counted.js'
import type { ShownCall } from './lines.js'
import type { SeenCall } from './seen.js'

/** What a tap has seen, for its last lines. */
export class Sums {
  /** Connections. */
  connections = 0
  /** Connections whose bytes are not calls of a known wire. */
  unreadConnections = 0
  private calls = 0
  private failed = 0
  private unreadFrames = 0

  add({ code }: SeenCall): void {
    this.calls++
    if (code !== 'ok') this.failed++
  }

  /** Counts the messages of a call that could not be read. A failed call needs no reply. */
  addFrames({ call, messages }: ShownCall): void {
    if (messages?.requests === undefined) this.unreadFrames += call.requests
    if (call.code === 'ok' && messages?.replies === undefined) this.unreadFrames += call.replies
  }

  /** @param hasContract whether there was a contract to read messages by */
  text(hasContract: boolean): string {
    const { calls, failed, connections, unreadConnections, unreadFrames } = this
    const why = hasContract ? 'not as the contract has them' : 'no contract'
    return [
      `${counted(calls, 'call')}, ${failed} failed, ${counted(connections, 'connection')}\n`,
      unreadFrames === 0 ? '' : `unread: ${counted(unreadFrames, 'frame')}, ${why}\n`,
      unreadConnections === 0
        ? ''
        : `unread: ${counted(unreadConnections, 'connection')}, TLS or an unknown protocol\n`,
    ].join('')
  }
}
