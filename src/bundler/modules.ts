import { readFile } from 'node:fs/promises'
import { type Node, type Parsed, parseModule } from './tree.js'

/**
 * The parsed modules of a build. Many modules import the same one, which is parsed once. A text that has changed, as in a build that watches
 * its files, is parsed again.
 */
export class Modules {
  private readonly parsed = new Map<string, { readonly code: string; readonly tree: Promise<Parsed> }>()

  /** Throws what the parser throws. */
  parse(code: string, file: string): Promise<Parsed> {
    const known = this.parsed.get(file)
    if (known?.code === code) return known.tree
    const tree = parseModule(code, file)
    this.parsed.set(file, { code, tree })
    return tree
  }

  /**
   * The tree of a file of the project. Undefined for packages, for what is not JavaScript or TypeScript, and for what cannot be parsed: the
   * bundler has plugins for such files.
   */
  async read(file: string): Promise<Node | undefined> {
    if (!/\.[cm]?[jt]sx?$/.test(file) || isOfPackage(file)) return undefined
    const code = await readFile(file, 'utf8').catch(() => undefined)
    if (code === undefined || !/\bexport\b/.test(code)) return undefined
    return (await this.parse(code, file).catch(() => undefined))?.program
  }
}

export function isOfPackage(file: string): boolean {
  return /[\\/]node_modules[\\/]/.test(file)
}
