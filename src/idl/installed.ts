import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'

/** Further projects to look in. */
const projects = new Set<string>()

/** Looks for packages in the project of a folder too, such as the one that `init` adds a contract to. */
export function searchIn(folder: string): void {
  projects.add(folder)
}

/**
 * The path of a module of an installed package: of the project in which the command runs, else of those of `searchIn`, else of the one that
 * the file belongs to, else beside polywire itself, which npx and a global installation have elsewhere.
 * @param near the file that the package reads
 * @returns undefined if none of them has it
 */
export function installed(specifier: string, near?: string): string | undefined {
  const folders = ['', ...projects, ...(near === undefined ? [] : [dirname(near)])]
  for (const from of [...folders.map(folder => resolve(folder, 'polywire')), import.meta.url]) {
    try {
      return createRequire(from).resolve(specifier)
    } catch {
      // Not there.
    }
  }
  return undefined
}
