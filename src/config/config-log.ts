import type { ConfigSource } from './config-source.js'

/** What became of a configuration that changes while it is used. */
export interface ConfigHistory {
  /** The configuration in force, counted from 1. */
  readonly revision: number
  readonly current: unknown
  /** Milliseconds since 1970 at which it came into force. */
  readonly since: number
  /** The one before. Default: there was none. */
  readonly previous?: unknown
  /** The last one that was refused or could not be read, unless a good one followed. Default: none. */
  readonly refused?: { readonly at: number; readonly message: string }
}

const histories = new WeakMap<ConfigSource, ConfigHistory>()

/** Every channel and server that follows a source says so; the same configuration counts once. */
export function noteTaken(source: ConfigSource, current: unknown): void {
  const last = histories.get(source)
  if (last === undefined) histories.set(source, { revision: 1, current, since: Date.now() })
  else if (JSON.stringify(current) !== JSON.stringify(last.current))
    histories.set(source, { revision: last.revision + 1, current, since: Date.now(), previous: last.current })
  else if (last.refused !== undefined) {
    const { refused: _, ...rest } = last
    histories.set(source, rest)
  }
}

export function noteRefused(source: ConfigSource, message: string): void {
  const last = histories.get(source)
  if (last !== undefined) histories.set(source, { ...last, refused: { at: Date.now(), message } })
}

/** Undefined if nothing follows the source. */
export function historyOf(source: ConfigSource): ConfigHistory | undefined {
  return histories.get(source)
}
