import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'

/**
 * The path of a module of an installed package: of the project in which the command runs, else of the one that the file belongs to, else
 * beside polywire itself, which npx and a global installation have elsewhere.
 * @param near the file that the package reads
 * @returns undefined if none of them has it
 */
export function installed(specifier: string, near?: string): string | undefined {
  for (const from of [
    resolve('polywire'),
    ...(near === undefined ? [] : [resolve(dirname(near), 'polywire')]),
    import.meta.url,
  ]) {
    try {
      return createRequire(from).resolve(specifier)
    } catch {
      // Not there.
    }
  }
  return undefined
}
