import { isUtf8 } from 'node:buffer'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import type { FileDescriptorProto } from '../../protocols/standard-services/descriptor-messages.js'
import { MissingImport, MissingTool, Refusal } from '../refusal.js'
import { type Ended, installedTool, runTool, systemTool, type Tool } from '../tool.js'
import { decodeDescriptorSet } from './descriptor-set.js'

/** Files of protobuf as a compiler reads them. */
export interface Compiled {
  readonly files: readonly FileDescriptorProto[]
  /** The names of those that were asked for. */
  readonly wanted: readonly string[]
  /** The path of a file by its name: `proto/shop/v1/orders.proto` of `shop/v1/orders.proto`. */
  readonly sourceOf: (name: string) => string
}

/**
 * Compiles .proto files with buf or protoc, whichever the machine has.
 * @param includes where imports are looked for; default: the modules of a buf.yaml above the first file, else each file's folder, without its
 *   package: `proto` for `proto/shop/v1/orders.proto`
 * @throws Refusal with the compiler's first message, or if there is no compiler
 */
export async function compileProto(paths: readonly string[], includes: readonly string[]): Promise<Compiled> {
  const workspace = includes.length > 0 ? undefined : await workspaceAbove(paths[0] ?? '')
  const roots = workspace?.modules ?? [
    ...new Set(includes.length > 0 ? includes : await Promise.all(paths.map(rootOf))),
  ]
  const wanted = paths.map(path => nameIn(roots, path))
  await mustBeText(wanted, roots)
  const folder = await mkdtemp(join(tmpdir(), 'polywire-'))
  try {
    const out = join(folder, 'set.binpb')
    const ended = await compiled({ roots, wanted, workspace: workspace?.folder }, out)
    const sourceOf = (name: string) => roots.map(root => join(root, name)).find(path => existsSync(path)) ?? name
    if (ended.status === 'failed') throw await complaint(ended.said, sourceOf, roots)
    return { files: decodeDescriptorSet(paths[0] ?? out, await readFile(out)), wanted, sourceOf }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** buf takes a file of other bytes for an empty one, and says nothing, whether it was named or is imported. */
async function mustBeText(wanted: readonly string[], roots: readonly string[]): Promise<void> {
  const queue = new Set(wanted)
  for (const name of queue) {
    const path = roots.map(root => join(root, name)).find(one => existsSync(one))
    if (path === undefined) continue
    const bytes = await readFile(path)
    if (!isUtf8(bytes) || bytes.some(byte => byte < 9)) throw new Refusal(path, 'the file', 'it is not text in UTF-8')
    for (const [, imported = ''] of bytes.toString().matchAll(importForm)) queue.add(imported)
  }
}

const importForm = /^\s*import\s+(?:public\s+|weak\s+)?["']([^"']+)["']/gm

/** buf brings google/protobuf with it, which not every installation of protoc has. */
function bufs(near: string): Tool[] {
  return [installedTool('@bufbuild/buf', 'buf', near), systemTool('buf')].filter(tool => tool !== undefined)
}

/** The modules of the nearest buf.yaml or buf.work.yaml, as buf reads it. Undefined if there is none, or no buf. */
async function workspaceAbove(path: string): Promise<Workspace | undefined> {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    if (['buf.yaml', 'buf.work.yaml'].some(name => existsSync(join(folder, name)))) return modulesOf(folder)
    if (existsSync(join(folder, '.git')) || dirname(folder) === folder) return undefined
  }
}

async function modulesOf(folder: string): Promise<Workspace | undefined> {
  for (const tool of bufs(join(folder, 'buf.yaml'))) {
    const { status, out } = await runTool(tool, ['config', 'ls-modules', '--format', 'path'], folder)
    if (status !== 'ok') continue
    const names = out.split('\n').filter(line => line !== '')
    return { folder, modules: names.map(name => relative(process.cwd(), join(folder, name)) || '.') }
  }
  return undefined
}

interface Workspace {
  readonly folder: string
  readonly modules: readonly string[]
}

interface Build {
  readonly roots: readonly string[]
  readonly wanted: readonly string[]
  /** The folder of the buf.yaml that holds. */
  readonly workspace: string | undefined
}

async function compiled(build: Build, out: string): Promise<Ended> {
  for (const tool of bufs(join(build.workspace ?? build.roots[0] ?? '', build.wanted[0] ?? ''))) {
    const ended = await bufBuild(tool, build, out)
    if (ended.status !== 'missing') return ended
  }
  const { roots, wanted } = build
  const args = ['--include_imports', '--include_source_info', `--descriptor_set_out=${out}`]
  const ended = await runTool(systemTool('protoc'), [...args, ...roots.map(one => `-I${one}`), ...wanted])
  if (ended.status !== 'missing') return ended
  throw new MissingTool(
    wanted[0] ?? 'import',
    'a .proto',
    'buf or protoc reads it, and neither is installed; npm install --save-dev @bufbuild/buf',
  )
}

/** To buf a folder with imports is a module, and several are a workspace, which has one folder above them. */
function bufBuild(tool: Tool, { roots, wanted, workspace }: Build, out: string): Promise<Ended> {
  const base = workspace ?? commonFolder(roots.map(root => resolve(root)))
  const modules = roots.map(root => ({ path: relative(base, resolve(root)) || '.' }))
  const config =
    workspace !== undefined || (modules.length === 1 && existsSync(join(base, 'buf.yaml')))
      ? []
      : ['--config', JSON.stringify({ version: 'v2', modules })]
  const paths = wanted.map(name => {
    const home = roots.find(root => existsSync(join(root, name))) ?? ''
    return relative(base, resolve(home, name))
  })
  return runTool(tool, ['build', ...config, ...paths.flatMap(path => ['--path', path]), '-o', out], base)
}

function commonFolder(folders: readonly string[]): string {
  const [first = '.', ...others] = folders
  let base = first
  while (others.some(one => one !== base && !one.startsWith(base === '/' ? base : `${base}/`))) base = dirname(base)
  return base
}

/** The folder from which the path is that of the package. */
async function rootOf(path: string): Promise<string> {
  const folder = dirname(path)
  const [, pack = ''] = /(?:^|;)\s*package\s+([\w.]+)\s*;/m.exec(await readFile(path, 'utf8')) ?? []
  const tail = pack.split('.').join('/')
  if (folder === tail) return '.'
  return tail !== '' && folder.endsWith(`/${tail}`) ? folder.slice(0, -tail.length - 1) : folder
}

function nameIn(roots: readonly string[], path: string): string {
  for (const root of roots) {
    const name = relative(resolve(root), resolve(path))
    if (!name.startsWith('..') && !isAbsolute(name)) return name
  }
  throw new Refusal(path, 'the file', `it is in none of the folders of -I: ${roots.join(', ')}`)
}

/** The compiler's first message about a place: `old.proto:3:8: ...` of protoc, `old.proto:3:8:...` of buf. */
async function complaint(said: string, sourceOf: (name: string) => string, roots: readonly string[]): Promise<Refusal> {
  const lines = said.split('\n').filter(line => line.trim() !== '')
  const line = lines.find(one => /^.+?:\d+:\d+:/.test(one)) ?? lines[0] ?? 'the compiler failed'
  const [, file, place, text] = /^(.+?):(\d+:\d+): ?(.*)$/.exec(line) ?? []
  if (file === undefined) return new Refusal(roots.join(', '), 'the compiler', line)
  const where = `${sourceOf(file)}:${place}`
  const missing = /not found|does not exist/i.test(text ?? '') ? await importAt(sourceOf(file), place) : undefined
  if (missing === undefined) return new Refusal(where, 'the compiler', text ?? '')
  return new MissingImport(`${sourceOf(file)}:${missing.place}`, missing.name, roots)
}

/** The name that a line imports, and its place there. Not every compiler repeats the name, and the place of some is that of the line. */
async function importAt(path: string, place = '') {
  const text = await readFile(path, 'utf8').catch(() => '')
  const number = Number.parseInt(place, 10)
  const line = text.split('\n')[number - 1] ?? ''
  const [found, name] = /\bimport\s+(?:public\s+|weak\s+)?"([^"]+)"/.exec(line) ?? []
  return found === undefined || name === undefined
    ? undefined
    : { name, place: `${number}:${line.indexOf(`"${name}"`) + 1}` }
}
