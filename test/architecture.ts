/** What a source file imports. */
export interface Module {
  /** Relative to src, with `/`: `core/call.ts`. */
  readonly path: string
  /** Files of src, as `path`. */
  readonly files: readonly string[]
  /** `reflect-metadata`, `node:fs` ... */
  readonly packages: readonly string[]
}

/** Static imports and exports, of types too, and `import(...)` wherever it stands. */
const importForms = [
  /^[ \t]*(?:import|export)\b[^'"`]*?\bfrom\s*['"]([^'"]+)['"]/gm,
  /^[ \t]*import\s*['"]([^'"]+)['"]/gm,
  /\bimport\(\s*['"]([^'"]+)['"]/g,
]

export function parseModule(path: string, source: string): Module {
  const specifiers = importForms.flatMap(form => [...source.matchAll(form)].map(match => match[1] as string))
  const relative = specifiers.filter(specifier => specifier.startsWith('.'))
  return {
    path,
    files: [...new Set(relative.map(specifier => resolve(path, specifier)))],
    packages: [...new Set(specifiers.filter(specifier => !specifier.startsWith('.')))],
  }
}

function resolve(from: string, specifier: string): string {
  return new URL(specifier, `file:///${from}`).pathname.slice(1).replace(/\.js$/, '.ts')
}

/** The house from the ground up; rooms that stand on one floor never meet. */
export const floors: readonly (readonly string[])[] = [
  ['core'],
  ['schema'],
  ['decorators'],
  ['contracts'],
  ['codecs'],
  ['caches'],
  ['balancers'],
  ['policies'],
  ['resolvers'],
  ['config'],
  ['telemetry'],
  ['http2'],
  ['protocols'],
  ['client', 'server'],
  ['console', 'admin'],
  ['hosting', 'web', 'fetch'],
  ['inversify', 'opentelemetry', 'tanstack', 'bundler'],
  ['idl'],
  ['cli'],
  ['testing'],
  ['index.ts', 'extend.ts'],
]

export function roomOf(path: string): string {
  return path.split('/', 1)[0] as string
}

function floorOf(path: string): number {
  return floors.findIndex(rooms => rooms.includes(roomOf(path)))
}

/** Imports that lead upward, or to another room of the same floor, or to no floor at all. */
export function upwardImports(modules: readonly Module[]): string[] {
  return imports(modules)
    .filter(([from, to]) => roomOf(from) !== roomOf(to) && !(floorOf(to) >= 0 && floorOf(to) < floorOf(from)))
    .map(([from, to]) => `${from} imports ${to}`)
}

/** Each cycle once, as the files on it. */
export function importCycles(modules: readonly Module[]): string[] {
  const byPath = new Map(modules.map(module => [module.path, module]))
  const cycles: string[] = []
  const state = new Map<string, 'open' | 'done'>()
  const trail: string[] = []
  function visit(path: string): void {
    if (state.get(path) === 'open') cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
    if (state.has(path)) return
    state.set(path, 'open')
    trail.push(path)
    for (const file of byPath.get(path)?.files ?? []) visit(file)
    trail.pop()
    state.set(path, 'done')
  }
  for (const { path } of modules) visit(path)
  return cycles
}

/**
 * Rooms with one file for each of their kind: which those are is what `built-in.ts` lists and what the index exports. A file of the kind is
 * known only to these; what two of them share is a helper beside them.
 */
export function siblingImports(modules: readonly Module[], room: string, knowing: readonly string[]): string[] {
  const inRoom = (path: string) => path.startsWith(`${room}/`)
  const lists = [`${room}/built-in.ts`, 'index.ts', ...knowing]
  const kind = new Set(modules.filter(({ path }) => lists.includes(path)).flatMap(({ files }) => files.filter(inRoom)))
  const contracts = new Set([`${room}/built-in.ts`, `${room}/${contractOf(room)}.ts`])
  return imports(modules)
    .filter(([from, to]) => inRoom(from) && kind.has(to) && !contracts.has(to) && !lists.includes(from))
    .map(([from, to]) => `${from} imports ${to}`)
}

/**
 * Imports between folders of a room that must not meet. `partOf` says to which of them a file belongs; undefined: to none, and any may import it.
 */
export function meetings(modules: readonly Module[], partOf: (path: string) => string | undefined): string[] {
  return imports(modules)
    .filter(([from, to]) => {
      const [one, other] = [partOf(from), partOf(to)]
      return one !== undefined && other !== undefined && one !== other
    })
    .map(([from, to]) => `${from} imports ${to}`)
}

/** `codecs/json` of a file in it; undefined for what all codecs share. A codec's folder is known by its `codec.ts`. */
export function codecFolders(modules: readonly Module[]): (path: string) => string | undefined {
  return foldersOf(modules, 'codecs', 'codec.ts')
}

/** `protocols/grpc` of a file in it; undefined for what protocols share. A protocol's folder is known by its `protocol.ts`. */
export function protocolFolders(modules: readonly Module[]): (path: string) => string | undefined {
  return foldersOf(modules, 'protocols', 'protocol.ts')
}

/** The folder of a file, where the folder has the contract file of its kind. */
function foldersOf(modules: readonly Module[], room: string, contract: string): (path: string) => string | undefined {
  const folderOf = (path: string) => path.split('/').slice(0, 2).join('/')
  const contracts = modules.filter(({ path }) => path === `${folderOf(path)}/${contract}` && roomOf(path) === room)
  const folders = new Set(contracts.map(({ path }) => folderOf(path)))
  return path => {
    const folder = folderOf(path)
    return folders.has(folder) ? folder : undefined
  }
}

function contractOf(room: string): string {
  return room === 'policies' ? 'order' : room.slice(0, -1)
}

function imports(modules: readonly Module[]): [string, string][] {
  return modules.flatMap(({ path, files }) => files.map((file): [string, string] => [path, file]))
}
