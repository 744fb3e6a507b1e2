import type { NodeVersion, Tools } from './tools.js'

/** Where a cell runs: a folder of its own, within one in which the packed package is installed. */
export interface Place {
  readonly folder: string
  readonly tools: Tools
  /** Runs Node 22 in the folder. @returns what it prints */
  readonly node: (...args: readonly string[]) => Promise<string>
  readonly nodeOf: (version: NodeVersion, ...args: readonly string[]) => Promise<string>
}

/** One toolchain, used in one way. */
export interface Cell {
  readonly row: string
  readonly column: string
  /** The package of the tool. */
  readonly tool: string
  /** The tool refuses the program with this sentence. Default: the program runs. */
  readonly refused?: RegExp
  /** Makes the program runnable and runs it. @returns what it prints: `ok` */
  readonly run: (at: Place) => Promise<string>
}
