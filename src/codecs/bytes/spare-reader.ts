/** A reader that can read one message after another. */
export interface Restartable {
  /** Begins to read other bytes, as a new reader would. Without it, each message gets a new reader. */
  restart?(bytes: Uint8Array): void
}

const noBytes = /* @__PURE__ */ new Uint8Array()

/** Creating a reader takes up to a sixth of the time of a small message, so a reader that has read a whole message is used again. */
export class SpareReader<R extends Restartable> {
  private spare: R | undefined

  constructor(private readonly make: (bytes: Uint8Array) => R) {}

  /** Leaves none behind: a message's constructor may decode another message. */
  take(bytes: Uint8Array): R {
    const { spare } = this
    if (spare === undefined) return this.make(bytes)
    this.spare = undefined
    spare.restart?.(bytes)
    return spare
  }

  /** @param reader of a message that was read without a Fault. It holds no bytes afterwards */
  giveBack(reader: R): void {
    if (reader.restart === undefined) return
    reader.restart(noBytes)
    this.spare = reader
  }
}
