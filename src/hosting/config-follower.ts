/** A remote or server that follows a key: it is told of each change once, and of each outage once, however often the key is read. */
export class ConfigFollower {
  private away = false

  constructor(
    /** The value that it knows; undefined: none. */
    private seen: string | undefined,
    private readonly listener: {
      readonly changed: (config: unknown) => void
      readonly failed: (error: unknown) => void
    },
  ) {}

  /** @param text what the key holds; undefined where it is gone */
  take(text: string | undefined, name: string): void {
    this.away = false
    if (text === this.seen) return
    this.seen = text
    if (text === undefined) {
      this.listener.failed(new Error(`etcd has no key ${name}`))
      return
    }
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      this.listener.failed(error)
      return
    }
    this.listener.changed(value)
  }

  /** The key cannot be read. */
  lost(error: unknown): void {
    if (!this.away) this.listener.failed(error)
    this.away = true
  }
}
