import type { Flags } from './flags.js'
import type { Terminal } from './terminal.js'

/** What was typed, read by the command's flags. */
export interface Typed {
  readonly positionals: readonly string[]
  /** Whether a flag without a value was given. */
  has(flag: string): boolean
  /** The value of a flag, the last one if it was given several times. */
  valueOf(flag: string): string | undefined
  /** All values of a flag. */
  valuesOf(flag: string): readonly string[]
  /** The command line as typed, without `polywire`, for hints. */
  readonly line: readonly string[]
  /** All there are. */
  readonly commands: readonly Command[]
}

/** A command, as `--help` and docs/reference/cli.md show it. Its code is loaded when it runs. */
export interface Command {
  readonly name: string
  /** Its line in what `polywire` alone prints. Undefined: it is not there. */
  readonly group?: 'talk' | 'write' | 'keep'
  /** The first line of its help. */
  readonly summary: string
  /** Behind `polywire`. */
  readonly usage: string
  readonly details: string
  /** Each without `polywire`. */
  readonly examples: readonly string[]
  readonly flags: Flags
  load(): Promise<Runnable>
}

export interface Runnable {
  /** @returns the exit code */
  run(typed: Typed, terminal: Terminal): Promise<number>
}
