import { parseConfig } from '../config/parse-config.js'

/** A client or server that follows a key. It is told each change once, and each outage once, however often the key is read. */
export class ConfigFollower {
  private away = false

  constructor(
    /** The value that it has; undefined if there is none. */
    private seen: string | undefined,
    private readonly listener: {
      readonly changed: (config: unknown) => void
      readonly failed: (error: unknown) => void
    },
  ) {}

  /** Takes the value of the key. @param text undefined if the key was deleted */
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
      value = parseConfig(text, name)
    } catch (error) {
      this.listener.failed(error)
      return
    }
    this.listener.changed(value)
  }

  /** Reports that the key cannot be read. */
  lost(error: unknown): void {
    if (!this.away) this.listener.failed(error)
    this.away = true
  }
}
