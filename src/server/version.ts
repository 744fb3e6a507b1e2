import { readFileSync } from 'node:fs'
import { packageFile } from './package-file.js'

/** The version of this package. In a bundle it is not known. */
export function version(): string {
  const file = packageFile('package.json')
  const manifest: { readonly name?: string; readonly version?: string } =
    file === undefined ? {} : JSON.parse(readFileSync(file, 'utf8'))
  return manifest.name === 'polywire' && manifest.version !== undefined ? manifest.version : 'of unknown version'
}
