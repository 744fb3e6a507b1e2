// What makes `import 'polywire'` fast: few files, and no package that Node would have to find, read and compile by itself. The reasons and
// figures are in docs/decisions/bundled-dist.md.
import { readFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { build } from 'esbuild'

/** Packages whose code goes into the chunks, by what the source imports. */
const inlined = {
  // The one of pages uses nothing of Node, so that the chunks run in workers, too.
  'lru-cache': 'node_modules/lru-cache/dist/esm/browser/index.min.js',
  'reflect-metadata/lite': 'node_modules/reflect-metadata/ReflectLite.js',
}

/** Puts the code of these packages into the bundle. */
export const inlinePackages = {
  name: 'inline-packages',
  setup({ onResolve }) {
    for (const [name, file] of Object.entries(inlined))
      onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: resolve(file), sideEffects: name !== 'lru-cache' }))
  },
}

/** Bytes, before they are minified. */
const smallChunk = 31_000
/** Bytes that a file costs Node as much as. */
const worthFile = 40_000
/** Bytes of a chunk that no entry should read a file for. */
const tiny = 4_000

/**
 * Decides which chunks there are. esbuild makes one for each set of entries that share a module, and reading a file costs Node as much as
 * compiling 40 KB. Where several entries need one module of a group, each of them is made to need all of the group: the group is one chunk.
 *
 * - What `import 'polywire'` loads is needed by all that is loaded later (`import()`): it is there by then.
 * - Its small chunks are one.
 * - What they share beyond that is in a few groups, so that a first connection reads five files.
 */
export async function mergeChunks(options, entry, alongside) {
  const needs = new Map()
  const plugin = needing(needs)
  const need = (entries, modules) => {
    for (const one of entries) needs.set(one, new Set([...(needs.get(one) ?? []), ...modules]))
  }
  const graphNow = async () => {
    const plugins = [...options.plugins, plugin]
    return new Graph(await build({ ...options, plugins, write: false, metafile: true, sourcemap: false }))
  }
  const first = await graphNow()
  const core = first.modulesOf(entry)
  const beside = Object.keys(alongside).filter(other => alongside[other] === entry)
  /** Makes them part of the core. */
  const needEverywhere = modules => need([entry, ...beside, ...first.late], modules)
  needEverywhere(core)
  for (const [other, main] of Object.entries(alongside)) {
    const there = first.modulesOf(main)
    need(
      [other],
      [...core].filter(file => there.has(file)),
    )
  }
  for (const { entries, modules } of lateGroups(first, core)) {
    if (first.bytesOf(modules) < worthFile) needEverywhere(modules)
    else need(entries, modules)
  }
  needEverywhere(tinyModules(await graphNow(), core))
  const second = await graphNow()
  const small = smallModules(second, entry)
  need(second.entriesWith(small), small)
  return plugin
}

/** Makes entries need further modules. @param needs by the path of the entry */
function needing(needs) {
  return {
    name: 'merge-chunks',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^merged:/ }, ({ path }) => ({
        path: resolve(path.slice('merged:'.length)),
        sideEffects: true,
      }))
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const modules = needs.get(relative('.', path).replaceAll('\\', '/'))
        if (modules === undefined) return undefined
        const imports = [...modules].map(file => `import 'merged:${file}'`).join('\n')
        return { contents: `${await readFile(path, 'utf8')}\n${imports}`, loader: 'ts', resolveDir: dirname(path) }
      })
    },
  }
}

/** The files of a build, and what they need. */
class Graph {
  constructor({ metafile: { inputs, outputs } }) {
    this.outputs = outputs
    this.fileOf = new Map(
      Object.entries(outputs).flatMap(([file, { entryPoint }]) =>
        entryPoint === undefined ? [] : [[entryPoint, file]],
      ),
    )
    const dynamic = Object.values(outputs).flatMap(({ imports }) =>
      imports.filter(({ kind }) => kind === 'dynamic-import'),
    )
    this.bytes = new Map()
    for (const { inputs } of Object.values(outputs))
      for (const [file, { bytesInOutput }] of Object.entries(inputs)) this.bytes.set(file, bytesInOutput)
    /** The entries that `import()` loads. */
    this.late = [...new Set(dynamic.map(({ path }) => outputs[path]?.entryPoint))].filter(one => one !== undefined)
    for (const [file, { imports }] of Object.entries(inputs))
      for (const { path, kind } of imports)
        if (kind === 'import-statement' && this.late.includes(path))
          throw new Error(
            `${file} imports ${path}, which import() loads elsewhere: what that is made to need, ${file} would need too`,
          )
  }

  /** The files that an entry loads. */
  filesOf(entry) {
    const start = this.fileOf.get(entry)
    if (start === undefined) throw new Error(`${entry} is not an entry: ${[...this.fileOf.keys()].join(', ')}`)
    const needed = new Set()
    const visit = file => {
      if (needed.has(file) || this.outputs[file] === undefined) return
      needed.add(file)
      for (const { path, kind } of this.outputs[file].imports) if (kind === 'import-statement') visit(path)
    }
    visit(start)
    return needed
  }

  /** The sources in the files that an entry loads. */
  modulesOf(entry) {
    return new Set([...this.filesOf(entry)].flatMap(file => sourcesIn(this.outputs[file])))
  }

  bytesOf(modules) {
    return modules.reduce((sum, file) => sum + (this.bytes.get(file) ?? 0), 0)
  }

  /** The entries that import one of the modules. */
  entriesWith(modules) {
    return [...this.fileOf.keys()].filter(entry => {
      const own = this.modulesOf(entry)
      return modules.some(one => own.has(one))
    })
  }
}

function sourcesIn({ inputs }) {
  return Object.keys(inputs).filter(file => file.startsWith('src/') && inputs[file].bytesInOutput > 0)
}

/**
 * What entries that are loaded late share beyond the core: a group for gRPC and HTTP, one for Thrift and Avro, and one for what is not of
 * one pair alone. Client and server are in one group, because a file of its own would cost more than the code of the other side.
 */
function lateGroups(graph, core) {
  const users = new Map()
  for (const entry of graph.late)
    for (const file of graph.modulesOf(entry)) if (!core.has(file)) users.set(file, [...(users.get(file) ?? []), entry])
  const groups = new Map()
  for (const [file, entries] of users) {
    if (entries.length < 2) continue
    const name = groupOf(entries)
    const group = groups.get(name) ?? { entries: new Set(), modules: [] }
    groups.set(name, group)
    group.modules.push(file)
    for (const entry of entries) group.entries.add(entry)
  }
  return [...groups.values()]
}

function groupOf(entries) {
  const wires = entries.filter(entry => entry.startsWith('src/protocols/'))
  if (wires.length === 0 || entries.some(entry => entry.startsWith('src/hosting/'))) return 'hosting'
  if (wires.every(entry => /protocols\/(grpc|http)\//.test(entry))) return 'gRPC and HTTP'
  if (wires.every(entry => /protocols\/(thrift|avro)\//.test(entry))) return 'Thrift and Avro'
  return 'the rest'
}

/** The modules of the tiny chunks of what is loaded late. */
function tinyModules(graph, core) {
  const files = new Set(graph.late.flatMap(entry => [...graph.filesOf(entry)]))
  return [...files]
    .filter(file => graph.outputs[file].entryPoint === undefined && graph.outputs[file].bytes < tiny)
    .flatMap(file => sourcesIn(graph.outputs[file]))
    .filter(file => !core.has(file))
}

/** The modules of the small chunks that an entry loads. */
function smallModules(graph, entry) {
  const { outputs } = graph
  let merged = [...graph.filesOf(entry)].filter(
    file => outputs[file].entryPoint === undefined && outputs[file].bytes < smallChunk,
  )
  // One that needs a large chunk would bring that along.
  const isLow = file => outputs[file].imports.every(({ path, external }) => external || merged.includes(path))
  while (!merged.every(isLow)) merged = merged.filter(isLow)
  if (merged.length < 2) throw new Error(`${entry} needs ${merged.length} small chunks, so there is nothing to merge`)
  return merged.flatMap(file => sourcesIn(outputs[file]))
}
