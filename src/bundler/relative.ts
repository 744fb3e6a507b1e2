import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What may stand behind a relative import; compilers let TypeScript be imported by the name of its output. */
const endings = ['', '.ts', '.tsx', '.mts', '.js', '.jsx', '.mjs', '/index.ts', '/index.tsx', '/index.js']

/** Finds the file of a relative import. The bundler knows those of packages and aliases. */
export async function relativeFile(source: string, importer: string): Promise<string | undefined> {
  if (!source.startsWith('.')) return undefined
  const path = join(dirname(importer), source)
  const typed = path.replace(/\.([cm]?)js(x?)$/, '.$1ts$2')
  for (const file of [...endings.map(ending => path + ending), typed, typed.replace(/\.ts$/, '.tsx')])
    if ((await stat(file).catch(() => undefined))?.isFile() === true) return file
  return undefined
}
