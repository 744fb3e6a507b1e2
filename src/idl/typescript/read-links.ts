import type { CompilerApi, Node } from './compiler-api.js'

/** What a name of a file stands for. */
export interface Link {
  /** The module, as the file writes it; undefined: the file itself. */
  readonly from: string | undefined
  /** Its name there; `*`: all of the module. */
  readonly name: string
}

/** The names that a file takes from others, and those that it gives to others. */
export interface FileLinks {
  readonly imports: ReadonlyMap<string, Link>
  /** Those whose name is not just exported where it is declared. */
  readonly exports: ReadonlyMap<string, Link>
  /** The modules of `export * from`. */
  readonly all: readonly string[]
}

export function readLinks(api: CompilerApi, file: Node): FileLinks {
  const reader = new LinkReader(api)
  api.forEachChild(file, node => reader.read(node))
  return reader
}

class LinkReader implements FileLinks {
  readonly imports = new Map<string, Link>()
  readonly exports = new Map<string, Link>()
  readonly all: string[] = []

  constructor(private readonly api: CompilerApi) {}

  read(node: Node): void {
    const from = node.moduleSpecifier?.text
    if (this.api.isImportDeclaration(node)) this.imported(node.importClause, from)
    if (this.api.isExportDeclaration(node)) this.exported(node.exportClause, from)
    if (this.api.isExportAssignment(node)) add(this.exports, 'default', { from, name: node.expression?.text ?? '' })
  }

  /** `one`, `* as one` or `{ one as other }`. */
  private imported(clause: Node | undefined, from: string | undefined): void {
    const { name, namedBindings } = clause ?? {}
    add(this.imports, name?.text, { from, name: 'default' })
    add(this.imports, namedBindings?.name?.text, { from, name: '*' })
    for (const { name: own, propertyName = own } of namedBindings?.elements ?? [])
      add(this.imports, own?.text, { from, name: propertyName?.text ?? '' })
  }

  /** `*`, `* as one` or `{ one as other }`. */
  private exported(clause: Node | undefined, from: string | undefined): void {
    if (clause === undefined && from !== undefined) this.all.push(from)
    add(this.exports, clause?.name?.text, { from, name: '*' })
    for (const { name, propertyName = name } of clause?.elements ?? [])
      add(this.exports, name?.text, { from, name: propertyName?.text ?? '' })
  }
}

function add(links: Map<string, Link>, name: string | undefined, link: Link): void {
  if (name !== undefined) links.set(name, link)
}
