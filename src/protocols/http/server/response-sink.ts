import type { Writable } from 'node:stream'
import type { MessageSink } from '../../message-pump.js'

/** A response of Node's, or one of ours that knows better what of it waits: what its `Writable` has passed on is not sent yet. */
type Outgoing = Writable & { readonly unsentBytes?: number }

/** Bytes of a response that were written, and that the peer or the socket does not take yet. */
export function unsentBytes(response: Outgoing): number {
  return response.unsentBytes ?? response.writableLength
}

/** Sends messages in a response. */
export class ResponseSink implements MessageSink {
  constructor(
    private readonly response: Writable,
    readonly send: MessageSink['send'],
  ) {}

  get closed(): boolean {
    return this.response.destroyed
  }

  get awaitsDrain(): boolean {
    return this.response.writableNeedDrain
  }

  room(): undefined {}
}
