import type { Dirent } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Check, Finding } from './check.js'
import { installedAt, manifestIn } from './installed.js'

const id = 'bundle'
/** Text that only polywire's own code has, and that no minifier changes. */
const marker = 'polywire.proxy'
const imports = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)["']polywire(?:\/[\w-]+)?["']/
/** Bytes; a larger file is not read. */
const longest = 33_554_432
const why = 'an error or a type of one copy is not one of the other'

/** A copy of polywire within the code of another package, or within a bundle that imports polywire as well. */
export const checkBundle: Check = async ({ folder }) => {
  const manifest = manifestIn(folder)
  if (manifest.name === 'polywire') return []
  const findings: Finding[] = []
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    const place = name === 'polywire' ? undefined : installedAt(folder, name)
    if (place === undefined) continue
    const found = await first(place, text => text.includes(marker))
    if (found !== undefined)
      findings.push({
        id,
        state: 'FAIL',
        message: `${name} has a copy of polywire inside (${relative(place, found)})`,
        why,
        fix: `bundle ${name} without it: esbuild --external:polywire, and list polywire in its peerDependencies`,
      })
  }
  const own = await first(folder, text => text.includes(marker) && imports.test(text))
  if (own !== undefined)
    findings.push({
      id,
      state: 'FAIL',
      message: `${relative(folder, own)} has a copy of polywire inside, and imports polywire as well`,
      why,
      fix: 'bundle all that imports polywire, or none of it: esbuild --external:polywire',
    })
  return findings
}

/** The first script of a package, without the packages in it, whose text matches. */
async function first(folder: string, matches: (text: string) => boolean): Promise<string | undefined> {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => [])) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (entry.name === 'node_modules' || entry.name.startsWith('.')) continue
      const found = await first(path, matches)
      if (found !== undefined) return found
    } else if (entry.isFile() && /\.[cm]?js$/.test(entry.name) && (await stat(path)).size <= longest) {
      if (matches(await readFile(path, 'utf8'))) return path
    }
  }
  return undefined
}
