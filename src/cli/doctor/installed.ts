import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What doctor reads of a package.json. */
export interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly engines?: { readonly node?: string }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

export function manifestIn(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** The folder of a package as a module in `from` finds it, links resolved; undefined if it is not installed. */
export function installedAt(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name)
    if (existsSync(join(found, 'package.json'))) return realpathSync(found)
    if (dirname(folder) === folder) return undefined
  }
}

/**
 * Whether a version is in a range of `^1.2.3`, `>=1.2.3` and `||`, which are those of polywire. Any other range counts as met.
 */
export function satisfies(version: string, range: string): boolean {
  const has = partsOf(version)
  return range.split('||').some(text => {
    const [, sign, least = ''] = /^\s*(\^|>=)\s*([\d.]+)\s*$/.exec(text) ?? []
    if (sign === undefined) return true
    const wanted = partsOf(least)
    const isNewer = compared(has, wanted) >= 0
    if (sign === '>=') return isNewer
    // A caret keeps the first number that is not 0.
    const kept = wanted.findIndex(part => part > 0) + 1
    return isNewer && compared(has.slice(0, kept), wanted.slice(0, kept)) === 0
  })
}

function partsOf(version: string): number[] {
  const [core = ''] = version.split('-')
  return core.split('.').map(Number)
}

function compared(one: readonly number[], other: readonly number[]): number {
  const at = other.findIndex((part, index) => part !== (one[index] ?? 0))
  return at < 0 ? 0 : (one[at] ?? 0) - (other[at] ?? 0)
}
