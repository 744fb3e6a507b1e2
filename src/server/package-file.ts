import { existsSync } from 'node:fs'

/** A file at the root of this package, which is further up in build/ than in dist/; undefined if it is not there. */
export function packageFile(name: string): URL | undefined {
  for (let folder = new URL('.', import.meta.url); folder.pathname !== '/'; folder = new URL('..', folder)) {
    const file = new URL(name, folder)
    if (existsSync(file)) return file
  }
  return undefined
}
