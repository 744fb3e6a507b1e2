/**
 * What a connection has carried. Each event is one increment, and reads no clock: the watchdog, which looks every second while streams are
 * open, notes when the counters have moved.
 */
export class Traffic {
  /** Streams that have begun. */
  started = 0
  /** Streams whose reply has ended as HTTP/2 has it: END_STREAM was sent by a server, or received by a client. */
  succeeded = 0
  /** Counted by what sends and receives messages on the streams. */
  messagesSent = 0
  messagesReceived = 0
  /** PINGs that ask whether the peer is there. */
  keepalives = 0
  /** Times on the connection's clock, when the watchdog noted it; undefined: never. */
  lastStream: number | undefined = undefined
  lastSent: number | undefined = undefined
  lastReceived: number | undefined = undefined
  lastActive: number
  private streamsNoted = 0
  private sentNoted = 0
  private receivedNoted = 0
  private framesNoted = 0

  constructor(readonly opened: number) {
    this.lastActive = opened
  }

  /** @param frames the number of frames that have arrived */
  note(now: number, frames: number): void {
    if (this.started !== this.streamsNoted) this.lastStream = this.lastActive = now
    if (this.messagesSent !== this.sentNoted) this.lastSent = this.lastActive = now
    if (this.messagesReceived !== this.receivedNoted) this.lastReceived = now
    if (frames !== this.framesNoted) this.lastActive = now
    this.streamsNoted = this.started
    this.sentNoted = this.messagesSent
    this.receivedNoted = this.messagesReceived
    this.framesNoted = frames
  }
}
