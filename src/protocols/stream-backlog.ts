import type { StreamBacklog } from '../core/call-observer.js'

/** What has arrived of a stream and was not read, in bytes. */
export interface Incoming {
  readonly unread: number
}

/** The backlog of a stream of requests, of replies or of both. */
export class Backlog implements StreamBacklog {
  /** @param unsentBytes what waits to be sent. Default: it is not known */
  constructor(
    private readonly incoming: Incoming | undefined,
    private readonly unsentBytes?: () => number,
  ) {}

  get unread(): number {
    return this.incoming?.unread ?? 0
  }

  get unsent(): number | undefined {
    return this.unsentBytes?.()
  }
}
