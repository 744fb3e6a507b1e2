import { type Imported, importsOf } from './imports.js'
import type { Modules } from './modules.js'
import { type ServiceClass, servicesOf } from './services.js'
import { isNode, type Node, nameOf, nodesOf } from './tree.js'

/** Finds the file that a module imports; undefined if it is not a file of the project. */
export type Resolve = (source: string, importer: string) => Promise<string | undefined>

/** A module that may hide what its decorators and bases are behind imports. */
export interface Following {
  readonly program: Node
  readonly file: string
  readonly resolve: Resolve
  readonly modules: Modules
}

/** What another module exports: something of polywire, a service, or any other class. */
type Origin = Imported | 'service' | 'class'

/** The imports of a module, with what modules of the project only pass on: `export { Method } from 'polywire'`. */
export interface Origins {
  readonly imports: ReadonlyMap<string, Imported>
  /** The local names of imported services. */
  readonly services: ReadonlySet<string>
  /** Those of imported classes that are not services. */
  readonly classes: ReadonlySet<string>
}

/** Follows the imports that can be decorators or bases of classes: names with a capital, and namespaces. */
export async function originsOf({ program, file, resolve, modules }: Following): Promise<Origins> {
  return new Reader(resolve, modules).origins(program, file)
}

/** Reads the modules of the project that imports lead to. */
class Reader {
  constructor(
    private readonly resolve: Resolve,
    private readonly modules: Modules,
  ) {}

  /** @param seen files on the way here: modules may import each other */
  async origins(program: Node, file: string, seen: ReadonlySet<string> = new Set()): Promise<Origins> {
    const imports = new Map(importsOf(program))
    const services = new Set<string>()
    const classes = new Set<string>()
    for (const [local, imported] of imports) {
      if (isOfPolywire(imported.from) || !/^[A-Z]|^default$|^\*$/.test(imported.name)) continue
      // A namespace that has polywire's own name for methods is taken for polywire's.
      const one = imported.name === '*' ? { ...imported, name: 'Method' } : imported
      const found = await this.exported(one, file, new Set([...seen, file]))
      const origin = one === imported || typeof found !== 'object' ? found : { ...found, name: '*' }
      if (origin === 'service') services.add(local)
      else if (origin === 'class') classes.add(local)
      else if (origin !== undefined) imports.set(local, origin)
    }
    return { imports, services, classes }
  }

  private async exported(
    { from, name }: Imported,
    importer: string,
    seen: ReadonlySet<string>,
  ): Promise<Origin | undefined> {
    if (isOfPolywire(from)) return { from, name }
    // Vite adds a query to some paths.
    const file = (await this.resolve(from, importer))?.split('?', 1)[0]
    if (file === undefined || seen.has(file)) return undefined
    const program = await this.modules.read(file)
    if (program === undefined) return undefined
    const within = new Set([...seen, file])
    for (const { type, source, specifiers, exportKind } of nodesOf(program.body)) {
      const text = nameOf(source)
      if (text === undefined || exportKind === 'type' || !/^Export/.test(type)) continue
      const passed = nodesOf(specifiers).find(one => nameOf(one.exported) === name)
      const wanted = type === 'ExportAllDeclaration' ? name : passed && (nameOf(passed.local) ?? '*')
      const origin = wanted === undefined ? undefined : await this.exported({ from: text, name: wanted }, file, within)
      if (origin !== undefined) return origin
    }
    return this.declared(program, file, { name, seen: within })
  }

  /** What the module declares itself, or imports and exports. */
  private async declared(
    program: Node,
    file: string,
    { name, seen }: { readonly name: string; readonly seen: ReadonlySet<string> },
  ): Promise<Origin | undefined> {
    const local = localNameOf(program, name)
    if (local === undefined) return undefined
    const { imports, services, classes } = await this.origins(program, file, seen)
    if (services.has(local)) return 'service'
    if (classes.has(local)) return 'class'
    const imported = imports.get(local)
    if (imported !== undefined && isOfPolywire(imported.from)) return imported
    const found = servicesOf(program, imports)
    if ([...found, ...subclassesOf(program, found, services)].some(one => one.name === local)) return 'service'
    return topLevelClasses(program).some(({ id }) => nameOf(id) === local) ? 'class' : undefined
  }
}

/** Classes without decorators of their own that extend a service. */
export function subclassesOf(
  program: Node,
  found: readonly ServiceClass[],
  imported: ReadonlySet<string>,
): ServiceClass[] {
  const names = new Set([...imported, ...found.map(({ name }) => name)])
  const subclasses: ServiceClass[] = []
  for (const node of topLevelClasses(program)) {
    if (found.some(one => one.node === node)) continue
    const name = nameOf(node.id) ?? 'default'
    if (!names.has(nameOf(node.superClass) ?? '')) continue
    names.add(name)
    subclasses.push({ name, node, isCompiled: false })
  }
  return subclasses
}

function topLevelClasses(program: Node): Node[] {
  return nodesOf(program.body)
    .map(statement => (isNode(statement.declaration) ? statement.declaration : statement))
    .filter(({ type }) => type === 'ClassDeclaration')
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
    if (declared.some(({ id }) => nameOf(id) === name)) return name
  }
  return undefined
}

function isOfPolywire(from: string): boolean {
  return /^polywire(\/|$)/.test(from)
}
