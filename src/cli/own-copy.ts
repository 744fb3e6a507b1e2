import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packageFile } from '../server/package-file.js'

/**
 * The program of the polywire that the project has installed, for one that was installed globally to hand over to. Undefined if this is it,
 * or the project has none.
 */
export function projectProgram(): string | undefined {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const place = join(folder, 'node_modules', 'polywire')
    if (existsSync(join(place, 'package.json'))) return programIn(realpathSync(place))
    if (dirname(folder) === folder) return undefined
  }
}

function programIn(place: string): string | undefined {
  if (packageFile('package.json')?.pathname === join(place, 'package.json')) return undefined
  const { bin } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as { bin?: { polywire?: string } }
  return bin?.polywire === undefined ? undefined : join(place, bin.polywire)
}
