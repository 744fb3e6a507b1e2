import type { FileDocs } from './read-docs.js'

/** The comments of variables, wherever the project declares them. */
export class VariableDocs {
  private readonly byPath: ReadonlyMap<string, FileDocs>

  constructor(files: readonly FileDocs[]) {
    this.byPath = new Map(files.map(file => [file.path, file]))
  }

  /** @param variable as the file calls it: `LIMIT`, or `limits.LIMIT` of `import * as limits` */
  of(file: FileDocs, variable: string): string | undefined {
    return this.named(file, variable.split('.'), new Set())
  }

  /** @param seen what was asked for before, in modules that export each other */
  private named(
    file: FileDocs | undefined,
    [name = '', ...rest]: readonly string[],
    seen: Set<string>,
  ): string | undefined {
    const key = JSON.stringify([file?.path, name, rest])
    if (file === undefined || seen.has(key)) return undefined
    seen.add(key)
    const doc = rest.length === 0 ? file.variables.get(name) : undefined
    const link = file.links.imports.get(name)
    return doc ?? (link && this.exported(this.module(file, link.from), [link.name, ...rest], seen))
  }

  private exported(
    file: FileDocs | undefined,
    [name = '', ...rest]: readonly string[],
    seen: Set<string>,
  ): string | undefined {
    if (file === undefined) return undefined
    if (name === '*') return rest.length === 0 ? undefined : this.exported(file, rest, seen)
    const link = file.links.exports.get(name)
    if (link !== undefined) {
      const names = [link.name, ...rest]
      return link.from === undefined
        ? this.named(file, names, seen)
        : this.exported(this.module(file, link.from), names, seen)
    }
    const own = this.named(file, [name, ...rest], seen)
    if (own !== undefined || name === 'default') return own
    for (const from of file.links.all) {
      const key = JSON.stringify([file.path, from, name, rest])
      if (seen.has(key)) continue
      seen.add(key)
      const doc = this.exported(this.module(file, from), [name, ...rest], seen)
      if (doc !== undefined) return doc
    }
    return undefined
  }

  private module(file: FileDocs, from = ''): FileDocs | undefined {
    return this.byPath.get(file.modules.get(from) ?? '')
  }
}
