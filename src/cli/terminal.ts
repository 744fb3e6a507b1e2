import type { Paint } from './color.js'

/** Where a command writes. Answers go to stdout, everything else to stderr. */
export interface Terminal {
  /** Writes to stdout; resolves when the reader can take more. */
  out(text: string): Promise<void>
  err(text: string): void
  readonly stdin: AsyncIterable<Uint8Array>
  readonly isJson: boolean
  readonly isQuiet: boolean
  readonly isDebug: boolean
  /** Whether stdout is a terminal, with its width. */
  readonly width: number | undefined
  /** Whether a line on stderr can be written over: a terminal, and not in CI. */
  readonly isLive: boolean
  /** Whether it runs in continuous integration. */
  readonly isCi: boolean
  /** Asks questions, one line each; undefined if nobody can answer: no terminal on both sides, or CI. */
  readonly ask: ((questions: readonly string[]) => Promise<string[]>) | undefined
  /** Colours of stdout. */
  readonly paint: Paint
  /** Colours of stderr. */
  readonly paintErr: Paint
  /** Aborts with Ctrl-C or SIGTERM. Its reason is a CliError with the exit code, which says by whom: `you` or `SIGTERM`. */
  readonly signal: AbortSignal
}
