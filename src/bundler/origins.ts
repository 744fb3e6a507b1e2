import { type Imported, importsOf } from './imports.js'
import type { Modules } from './modules.js'
import { aliasesOf, referencesIn, withoutAliases } from './references.js'
import { servicesOf } from './services.js'
import { subclassesOf, topLevelClasses } from './subclasses.js'
import { boundBy, isNode, type Node, nameOf, nodesOf, pathOf } from './tree.js'

/** Finds the file that a module imports; undefined if it is not a file of the project. */
export type Resolve = (source: string, importer: string) => Promise<string | undefined>

/** A module that may hide what its decorators and bases are behind imports. */
export interface Following {
  readonly program: Node
  readonly file: string
  readonly resolve: Resolve
  readonly modules: Modules
}

/** What another module exports: something of polywire, a namespace of a file (its name is `*`), a service, or any other class. */
type Origin = Imported | 'service' | 'class'

/**
 * The imports of a module, with what modules of the project only pass on: `export { Method } from 'polywire'`. Members of namespaces have
 * paths: `rpc.Method`.
 */
export interface Origins {
  readonly imports: ReadonlyMap<string, Imported>
  /** The paths of imported services. */
  readonly services: ReadonlySet<string>
  /** Those of imported classes that are not services. */
  readonly classes: ReadonlySet<string>
}

/** Follows the imports that are decorators or bases of classes. */
export async function originsOf({ program, file, resolve, modules }: Following): Promise<Origins> {
  return new Reader(resolve, modules).origins(program, file)
}

/** Reads the modules of the project that imports lead to. `seen` has the exports on the way here: modules may import each other. */
class Reader {
  constructor(
    private readonly resolve: Resolve,
    private readonly modules: Modules,
  ) {}

  /** @param others classes whose decorators and bases do not matter */
  async origins(
    program: Node,
    file: string,
    { seen, others }: { readonly seen?: ReadonlySet<string>; readonly others?: readonly Node[] } = {},
  ): Promise<Origins> {
    const declared = importsOf(program)
    const imports = new Map(declared)
    const services = new Set<string>()
    const classes = new Set<string>()
    const aliases = aliasesOf(program)
    for (const path of referencesIn(program, declared, others)) {
      const origin = await this.followed(withoutAliases(path, aliases), {
        imports: declared,
        file,
        seen: new Set(seen),
      })
      if (origin === 'service') services.add(path)
      else if (origin === 'class') classes.add(path)
      else if (origin !== undefined && isOfPolywire(origin.from)) imports.set(path, origin)
    }
    return { imports, services, classes }
  }

  /** What a path of a module is, if its first name is imported. */
  private async followed(
    path: string,
    { imports, file, seen }: { imports: ReadonlyMap<string, Imported>; file: string; seen: Set<string> },
  ): Promise<Origin | undefined> {
    const [head = '', ...members] = path.split('.')
    const imported = imports.get(head)
    let origin = imported && (await this.exported(imported, file, seen))
    for (const name of members) {
      if (typeof origin !== 'object' || origin.name !== '*') return undefined
      const { from } = origin
      origin = isOfPolywire(from) ? { from, name } : await this.exportOf(from, name, seen)
    }
    return origin
  }

  private async exported({ from, name }: Imported, importer: string, seen: Set<string>): Promise<Origin | undefined> {
    if (isOfPolywire(from)) return { from, name }
    // Vite adds a query to some paths.
    const file = (await this.resolve(from, importer))?.split('?', 1)[0]
    if (file === undefined) return undefined
    return name === '*' ? { from: file, name } : this.exportOf(file, name, seen)
  }

  private async exportOf(file: string, name: string, seen: Set<string>): Promise<Origin | undefined> {
    const key = `${name} ${file}`
    const program = seen.has(key) ? undefined : await this.modules.read(file)
    seen.add(key)
    if (program === undefined) return undefined
    for (const { type, source, specifiers, exportKind } of nodesOf(program.body)) {
      const text = nameOf(source)
      if (text === undefined || exportKind === 'type' || !/^Export/.test(type)) continue
      const passed = nodesOf(specifiers).find(one => nameOf(one.exported) === name)
      const wanted = type === 'ExportAllDeclaration' ? name : passed && (nameOf(passed.local) ?? '*')
      const origin = wanted === undefined ? undefined : await this.exported({ from: text, name: wanted }, file, seen)
      if (origin !== undefined) return origin
    }
    return this.declared(program, file, { name, seen })
  }

  /** What the module declares itself, or imports and exports. */
  private async declared(
    program: Node,
    file: string,
    { name, seen }: { readonly name: string; readonly seen: Set<string> },
  ): Promise<Origin | undefined> {
    const local = localNameOf(program, name)
    if (local === undefined) return undefined
    const path = withoutAliases(local, aliasesOf(program))
    const origin = await this.followed(path, { imports: importsOf(program), file, seen })
    if (origin !== undefined || isFunction(program, path)) return origin
    const classes = topLevelClasses(program)
    const own = withBases(path, classes)
    // All classes of all modules would be visited on every way to them.
    const others = classes.map(one => one.node).filter(one => !own.includes(one))
    const { imports, services } = await this.origins(program, file, { seen, others })
    const found = servicesOf(program, imports)
    const [node] = own
    const isService = [...found, ...subclassesOf(program, found, services)].some(
      one => one.name === path || one.node === node,
    )
    return isService ? 'service' : node && 'class'
  }
}

/** A class and those of its module that it extends. */
function withBases(name: string, classes: ReturnType<typeof topLevelClasses>): Node[] {
  const found: Node[] = []
  for (let next: string | undefined = name; next !== undefined; ) {
    const node = classes.find(one => one.name === next)?.node
    if (node === undefined || found.includes(node)) break
    found.push(node)
    next = pathOf(node.superClass)
  }
  return found
}

/** The name that an export has in its module. */
function localNameOf(program: Node, name: string): string | undefined {
  for (const { type, declaration, source, specifiers } of nodesOf(program.body)) {
    if (type === 'ExportDefaultDeclaration' && name === 'default' && isNode(declaration))
      return nameOf(declaration.id) ?? nameOf(declaration) ?? 'default'
    if (type !== 'ExportNamedDeclaration' || isNode(source)) continue
    const specifier = nodesOf(specifiers).find(({ exported }) => nameOf(exported) === name)
    if (specifier !== undefined) return nameOf(specifier.local)
    const declared = nodesOf(declaration).flatMap(one => nodesOf(one.declarations ?? one))
    if (declared.flatMap(({ id }) => boundBy(id)).some(one => nameOf(one) === name)) return name
  }
  return undefined
}

function isFunction(program: Node, name: string): boolean {
  const declared = nodesOf(program.body).flatMap(one => nodesOf(one.declaration ?? one))
  return declared.some(({ type, id }) => type === 'FunctionDeclaration' && nameOf(id) === name)
}

function isOfPolywire(from: string): boolean {
  return /^polywire(\/|$)/.test(from)
}
