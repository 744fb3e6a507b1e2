/** Exit codes. A call that ended with a code exits with `call` plus that code, as grpcurl does. */
export const exits = { ok: 0, no: 1, usage: 2, fault: 3, call: 64, interrupted: 130, terminated: 143 } as const

/** A construct that cannot be expressed, and where it stands. */
export interface RefusedPart {
  /** Undefined if it is refused for what it uses. */
  readonly file?: string | undefined
  /** Undefined if its source has no lines. */
  readonly line?: number | undefined
  readonly construct: string
  readonly why: string
}

interface CliErrorOptions {
  readonly hint?: string | undefined
  /** Default: that of wrong usage. */
  readonly exit?: number
  readonly refused?: readonly RefusedPart[]
  readonly cause?: unknown
}

/** A failure that is printed as one line, `polywire: ...`, and ends the command. Nothing was sent. */
export class CliError extends Error {
  override readonly name = 'CliError'
  /** Lines below the first: what to type next. */
  readonly hint: string | undefined
  readonly exit: number
  /** What an interface definition says that cannot be expressed. Default: the failure is something else. */
  readonly refused: readonly RefusedPart[] | undefined

  constructor(message: string, options: CliErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.hint = options.hint
    this.exit = options.exit ?? exits.usage
    this.refused = options.refused
  }
}
