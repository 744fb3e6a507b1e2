import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../../..')
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

export interface Member {
  readonly name: string
  /** What an editor shows on hover; '' if there is nothing. */
  readonly doc: string
  /** `name?: type`. A method is not one. */
  readonly isOption: boolean
}

/** An overload of a function is a declaration too. */
export interface Declaration {
  readonly name: string
  readonly kind: string
  readonly doc: string
  /** Members of the type and of object types within it, without private and protected ones. */
  readonly members: Member[]
  /** The types that it extends or implements. */
  readonly bases: readonly string[]
}

interface DeclarationFile {
  readonly declarations: Declaration[]
  /** The file that a name is imported or exported from, and its name there. */
  readonly sources: Map<string, { readonly name: string; readonly path: string }>
  readonly exported: Set<string>
}

/** The declarations that `npm run build` would publish. */
export class Declarations {
  private readonly files = new Map<string, Promise<DeclarationFile>>()

  private constructor(private readonly folder: string) {}

  /** Emits them into a temporary folder. */
  static async emit(): Promise<Declarations> {
    const folder = await mkdtemp(join(tmpdir(), 'polywire-declarations-'))
    const args = [tsc, '-p', join(root, 'tsconfig.dist.json'), '--outDir', folder, '--noCheck']
    await promisify(execFile)(process.execPath, args)
    return new Declarations(folder)
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true })
  }

  /** The exports of an entry, such as `index.d.ts`, and the types that they extend or implement. */
  async reachableFrom(entry: string): Promise<ReadonlySet<Declaration>> {
    const found = new Set<Declaration>()
    for (const name of (await this.file(entry)).exported) await this.collect(entry, name, found)
    return found
  }

  private async collect(path: string, name: string, found: Set<Declaration>): Promise<void> {
    const { declarations, sources } = await this.file(path)
    const source = sources.get(name)
    if (source !== undefined) return this.collect(join(dirname(path), source.path), source.name, found)
    for (const declaration of declarations) {
      if (declaration.name !== name || found.has(declaration)) continue
      found.add(declaration)
      for (const base of declaration.bases) await this.collect(path, base, found)
    }
  }

  private file(path: string): Promise<DeclarationFile> {
    let file = this.files.get(path)
    if (file === undefined) {
      file = readFile(join(this.folder, path), 'utf8').then(parseDeclarations)
      this.files.set(path, file)
    }
    return file
  }
}

const declared = /^(export )?(?:declare )?(?:abstract )?(interface|class|function|const|type|enum) ([\w$]+)(.*)/
const passedOn = /^(export|import) (?:type )?\{(.*)\} from ['"](\.[^'"]*)['"]/
const member =
  /^ +(private |protected )?(?:static |abstract |readonly |get |set )*([\w$]+|\[[\w.]+\]|'[^']+')(\?)?( = |:|[(<;,])/

/** Reads a declaration file as tsc writes it: declarations at the start of a line, each member on an indented line of its own. */
export function parseDeclarations(text: string): DeclarationFile {
  const file: DeclarationFile = { declarations: [], sources: new Map(), exported: new Set() }
  let current: Declaration | undefined
  let doc = ''
  for (const part of text.split(/(\/\*\*[\s\S]*?\*\/)\n?|\n/)) {
    if (part === undefined || part === '') continue
    if (part.startsWith('/**')) {
      doc = part
      continue
    }
    const [, how, names, path = ''] = passedOn.exec(part) ?? []
    for (const [name, alias] of (names ?? '').split(',').map(one =>
      one
        .trim()
        .replace(/^type /, '')
        .split(' as '),
    )) {
      if (name === undefined || name === '') continue
      file.sources.set(alias ?? name, { name, path: path.replace(/\.js$/, '.d.ts') })
      if (how === 'export') file.exported.add(alias ?? name)
    }
    const [, exported, kind, name, rest = ''] = declared.exec(part) ?? []
    if (kind !== undefined && name !== undefined) {
      current = { name, kind, doc: textOf(doc), members: [], bases: basesIn(rest) }
      file.declarations.push(current)
      if (exported !== undefined) file.exported.add(name)
    } else if (!part.startsWith(' ') && !part.startsWith('}')) current = undefined
    const [, hidden, key, optional, after] = member.exec(part) ?? []
    if (key !== undefined && hidden === undefined && current !== undefined && current.kind !== 'function')
      current.members.push({ name: key, doc: textOf(doc), isOption: optional !== undefined && after === ':' })
    if (part.trim() !== '') doc = ''
  }
  return file
}

function basesIn(rest: string): string[] {
  const bases = /(?:extends|implements|=) ([^{]*)/.exec(rest)?.[1] ?? ''
  return bases.match(/[A-Z]\w+/g) ?? []
}

/** A comment's text without its frame. */
function textOf(comment: string): string {
  return comment
    .replace(/^\/\*\*|\*\/$/g, '')
    .replace(/^[ \t]*\* ?/gm, '')
    .trim()
}
