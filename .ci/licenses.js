// What is published contains code of other packages, and a copy of their code must come with a copy of their licence.
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** The folders of the packages whose code is in a bundle, by their names. @param metafile of esbuild */
export function bundledPackages({ outputs }) {
  const folders = new Map()
  for (const { inputs } of Object.values(outputs))
    for (const file of Object.keys(inputs)) {
      const [, folder, name] = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(resolve(file)) ?? []
      if (name !== undefined) folders.set(name, folder)
    }
  return folders
}

/** Copies the licence of each of these packages into a folder: `lru-cache.txt`, `@scope__name.txt`. @throws if a package has none */
export function copyLicenses(metafile, folder) {
  mkdirSync(folder, { recursive: true })
  for (const [name, from] of bundledPackages(metafile)) {
    const license = readdirSync(from).find(file => /^licen[cs]e(?:\.(?:md|txt))?$/i.test(file))
    if (license === undefined) throw new Error(`${name} is bundled, and ${from} has no licence to ship with it`)
    copyFileSync(join(from, license), join(folder, `${name.replace('/', '__')}.txt`))
  }
}
