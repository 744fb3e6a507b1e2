import type { NodeVersion, Tools } from './tools.js'

/** How decorators are compiled: with `experimentalDecorators`, or without it, which makes them standard ones. */
export type Decorators = 'legacy' | 'standard'

/** Where a cell runs: a folder of its own, within one in which the packed package is installed. */
export interface Place {
  readonly folder: string
  readonly tools: Tools
  readonly decorators: Decorators
  /** Runs Node 22 in the folder. @returns what it prints */
  readonly node: (...args: readonly string[]) => Promise<string>
  readonly nodeOf: (version: NodeVersion, ...args: readonly string[]) => Promise<string>
}

/** One toolchain, used in one way. */
export interface Cell {
  readonly row: string
  readonly column: string
  readonly decorators: Decorators
  /** The package of the tool. */
  readonly tool: string
  /** The tool refuses the program with this sentence. Default: the program runs. */
  readonly refused?: RegExp
  /** Makes the program runnable and runs it. @returns what it prints: `ok` */
  readonly run: (at: Place) => Promise<string>
}

/** The cell in both modes of decorators. @param refused the sentence with which the tool refuses standard ones */
export function inBothModes(cell: Omit<Cell, 'decorators'>, refused?: RegExp): Cell[] {
  return [
    { ...cell, decorators: 'legacy' },
    { ...cell, decorators: 'standard', ...(refused !== undefined && { refused }) },
  ]
}
