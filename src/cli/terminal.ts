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
  /** Aborts with Ctrl-C. */
  readonly signal: AbortSignal
}
