/** Exit codes. A call that ended with a code exits with `call` plus that code, as grpcurl does. */
export const exits = { ok: 0, no: 1, usage: 2, fault: 3, call: 64, interrupted: 130, terminated: 143 } as const

/** A failure that is printed as one line, `polywire: ...`, and ends the command. Nothing was sent. */
export class CliError extends Error {
  override readonly name = 'CliError'
  /** Lines below the first: what to type next. */
  readonly hint: string | undefined
  readonly exit: number

  constructor(
    message: string,
    options: { readonly hint?: string | undefined; readonly exit?: number; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.hint = options.hint
    this.exit = options.exit ?? exits.usage
  }
}
