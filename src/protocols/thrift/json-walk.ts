/**
 * Finds the end of a JSON message without a frame: its closing bracket. The search continues where it stopped, so it looks at each byte
 * once. It does not check the JSON.
 */
export class JsonWalk {
  /** Bytes of the message that were searched. */
  position = 0
  private depth = 0
  private inString = false
  private isEscaped = false

  /** @returns where the message that begins at `start` ends; undefined if it has not arrived */
  to(bytes: Uint8Array, start: number): number | undefined {
    for (let at = start + this.position; at < bytes.length; at++) {
      const byte = bytes[at] as number
      if (this.inString) {
        if (this.isEscaped) this.isEscaped = false
        else if (byte === 0x5c) this.isEscaped = true
        else if (byte === 0x22) this.inString = false
      } else if (byte === 0x22) this.inString = true
      else if (byte === 0x5b || byte === 0x7b) this.depth++
      else if ((byte === 0x5d || byte === 0x7d) && --this.depth === 0) return at + 1
    }
    this.position = bytes.length - start
    return undefined
  }
}
