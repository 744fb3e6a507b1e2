import type { Writable } from 'node:stream'
import type { MessageSink } from '../../message-pump.js'

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
