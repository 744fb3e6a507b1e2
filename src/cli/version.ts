import { existsSync, readFileSync } from 'node:fs'

/** The version of this package. Its package.json is further up in build/ than in dist/. */
export function version(): string {
  for (let folder = new URL('.', import.meta.url); folder.pathname !== '/'; folder = new URL('..', folder)) {
    const file = new URL('package.json', folder)
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
  }
  return 'of unknown version'
}
