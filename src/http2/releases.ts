import type { Output, Release } from './output.js'
import type { Pending } from './pending.js'

/** Of a connection that never had any, which most are. */
const none = new Map<Uint8Array, Release>()

/** Who gets the bytes of chunks that wait in their streams back. A chunk whose stream ends before it was sent is forgotten. */
export class Releases {
  private waiting = none

  keep(chunk: Uint8Array, release: Release): void {
    if (this.waiting === none) this.waiting = new Map()
    this.waiting.set(chunk, release)
  }

  /** The last piece of a chunk is sent next. */
  lend(chunk: Uint8Array, output: Output): void {
    if (this.waiting.size === 0) return
    const release = this.waiting.get(chunk)
    if (release === undefined) return
    this.waiting.delete(chunk)
    output.lend(chunk, release)
  }

  drop(pending: Pending | undefined): void {
    if (this.waiting.size === 0 || pending === undefined) return
    for (const chunk of pending.chunks) this.waiting.delete(chunk)
  }
}
