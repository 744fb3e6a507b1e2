import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, isAbsolute, join, resolve } from 'node:path'
import { type Snapshot, snapshotOfModels } from '../idl/check/snapshot.js'
import { lockFile } from '../idl/lock/format.js'
import { isSource } from '../idl/read-source.js'
import { CliError } from './cli-error.js'
import type { Typed } from './command.js'
import { readContractFiles } from './contract-files.js'
import { pasted } from './pasted.js'
import { snapshotFrom } from './sources.js'

/** A contract to compare with, and its name for people: `main (4f2c91e)`. */
export interface Against {
  readonly label: string
  readonly snapshot: Snapshot
}

const modules = new Set(['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs'])

/**
 * Reads what `--against` names: a server, a file, a published package, or a git ref.
 * @param sources those of the contract itself, which a package or a git ref may have too
 * @throws CliError if it cannot be read
 */
export async function readAgainst(source: string, sources: readonly string[], typed: Typed): Promise<Against> {
  const includes = typed.valuesOf('include')
  if (source.startsWith('npm:')) return atPackage(source, sources, includes)
  if (source.includes('://')) {
    const { reflectedModel } = await import('./reflected.js')
    return { label: source, snapshot: snapshotOfModels(await reflectedModel(source, typed)) }
  }
  if (isSource(source) || modules.has(extname(source))) {
    if (existsSync(source)) return { label: source, snapshot: await snapshotFrom([source], includes) }
    const hint = source === lockFile ? lockLine(sources, includes) : undefined
    throw new CliError(`there is no file ${source}`, { hint })
  }
  return atRef(source, sources, includes)
}

/** The line that writes the lock of these contracts. */
function lockLine(sources: readonly string[], includes: readonly string[]): string {
  return pasted(['lock', ...sources, ...includes.flatMap(folder => ['-I', folder])])
}

/** git itself reads a ref, from what the clone has. No code of it runs: it is its lock that is read, or the files of other formats. */
async function atRef(ref: string, sources: readonly string[], includes: readonly string[]): Promise<Against> {
  const commit = await git(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`])
  if (commit === undefined) throw await missing(ref)
  const label = `${ref} (${commit.trim().slice(0, 7)})`
  const folder = await mkdtemp(join(tmpdir(), 'polywire-'))
  try {
    if (sources.every(isSource)) return { label, snapshot: await filesAt(ref, sources, includes, folder) }
    const lock = await git(['show', `${ref}:./${lockFile}`])
    if (lock === undefined)
      throw new CliError(`${ref} has no ${lockFile}, and the modules of old code are not run. Commit a lock first:`, {
        hint: lockLine(sources, includes),
      })
    const path = join(folder, lockFile)
    await writeFile(path, lock)
    return { label, snapshot: await snapshotFrom([path], []) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function filesAt(
  ref: string,
  sources: readonly string[],
  includes: readonly string[],
  folder: string,
): Promise<Snapshot> {
  const listed = (await git(['ls-tree', '-r', '--name-only', '-z', ref])) ?? ''
  const files = listed.split('\0').filter(isSource)
  const found = sources.filter(path => files.includes(path))
  if (found.length === 0) throw new CliError(`${ref} has no ${sources.join(', ')}`)
  const archive = join(folder, 'files.tar')
  await git(['archive', '--format=tar', '-o', archive, ref, '--', ...files])
  await run('tar', ['-xf', archive, '-C', folder])
  const roots = includes.map(path =>
    isAbsolute(path) || !existsSync(join(folder, path)) ? resolve(path) : join(folder, path),
  )
  return snapshotOfModels(
    await readContractFiles(
      found.map(path => join(folder, path)),
      roots,
    ),
  )
}

/**
 * npm itself fetches a package, by its own settings of registries and tokens. As with git, no code of it runs: its lock is read, or the
 * files of other formats.
 */
async function atPackage(source: string, sources: readonly string[], includes: readonly string[]): Promise<Against> {
  const name = source.slice('npm:'.length)
  const folder = await mkdtemp(join(tmpdir(), 'polywire-'))
  try {
    const packed = await ended('npm', [
      'pack',
      '--loglevel=error',
      '--color=false',
      '--ignore-scripts',
      '--pack-destination',
      folder,
      '--',
      name,
    ])
    if (packed.out === undefined) {
      const lines = packed.err.split('\n').map(line => line.replace(/^npm (?:error|ERR!) /, ''))
      const why = lines.find(line => /^\d{3} |^\w*Error: /.test(line)) ?? lines[0]
      throw new CliError(`npm cannot fetch ${name}: ${why}`)
    }
    const tarball = packed.out.trim().split('\n').at(-1) ?? ''
    await run('tar', ['-xf', join(folder, tarball), '-C', folder])
    const root = join(folder, 'package')
    const label = `${name} (${versionIn(root)})`
    const lock = join(root, lockFile)
    if (existsSync(lock)) return { label, snapshot: await snapshotFrom([lock], []) }
    const files = sources.filter(path => isSource(path) && existsSync(join(root, path)))
    if (files.length === 0)
      throw new CliError(
        `${name} has no ${lockFile}, and the modules of a package are not run. Publish a lock with it:`,
        {
          hint: `polywire lock ${sources.join(' ')}, and name ${lockFile} by "files" in package.json`,
        },
      )
    const roots = includes.map(path =>
      isAbsolute(path) || !existsSync(join(root, path)) ? resolve(path) : join(root, path),
    )
    return {
      label,
      snapshot: snapshotOfModels(
        await readContractFiles(
          files.map(path => join(root, path)),
          roots,
        ),
      ),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function versionIn(root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string }
  return version
}

async function missing(ref: string): Promise<CliError> {
  const inRepository = await git(['rev-parse', '--is-shallow-repository'])
  if (inRepository === undefined)
    return new CliError(`${ref} is neither a file nor a target, and this folder is in no git repository`)
  const [, remote, branch] = /^(\w+)\/(.+)$/.exec(ref) ?? []
  const why = inRepository.trim() === 'true' ? 'it is shallow' : 'nothing of that name was fetched'
  return new CliError(`this clone has no ${ref} (${why}). Fetch it:`, {
    hint:
      remote === undefined
        ? `git fetch --depth=1 origin ${ref}:refs/remotes/origin/${ref}`
        : `git fetch --depth=1 ${remote} ${branch}:refs/remotes/${remote}/${branch}`,
  })
}

/** What git prints; undefined if it fails. @throws CliError if it is not installed */
function git(args: readonly string[]): Promise<string | undefined> {
  return run('git', args)
}

async function run(program: string, args: readonly string[]): Promise<string | undefined> {
  return (await ended(program, args)).out
}

/** What a program prints; without `out` if it fails. @throws CliError if it is not installed */
function ended(program: string, args: readonly string[]) {
  return new Promise<{ readonly out: string | undefined; readonly err: string }>((done, failed) => {
    execFile(program, args, { maxBuffer: 256 * 1024 * 1024 }, (error, out, err) => {
      if (error?.code === 'ENOENT') failed(new CliError(`${program} is needed for --against, and it is not installed`))
      else done({ out: error === null ? out : undefined, err })
    })
  })
}
