import { readFileSync } from 'node:fs'
import { packageFile } from './package-file.js'

/** The version of this package. */
export function version(): string {
  const file = packageFile('package.json')
  return file === undefined
    ? 'of unknown version'
    : (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
