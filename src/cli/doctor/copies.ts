import type { Dirent } from 'node:fs'
import { readdir, readFile, realpath } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Check, Finding } from './check.js'

/** Packages that keep what decorators say, so that a second copy does not see it. */
const watched: Readonly<Record<string, string>> = {
  polywire: 'an error or a type of one copy is not one of the other',
  'reflect-metadata': 'what decorators of one copy say, the other does not see',
  'class-transformer': '@Exclude on your classes would not be seen, and what it hides be sent',
  'class-validator': 'rules on your classes would not be seen, and invalid requests reach the handler',
  inversify: 'bindings of one copy are not found by the other',
}

interface Copy {
  readonly name: string
  readonly path: string
  readonly version: string
}

/** Two installed copies of a package that must be one. */
export const checkCopies: Check = async ({ folder }) => {
  const copies = new Map<string, Copy>()
  await collect(join(folder, 'node_modules'), copies)
  const findings = Object.entries(watched).flatMap(([name, why]): Finding[] => {
    const all = [...copies.values()].filter(one => one.name === name)
    if (all.length < 2) return []
    const list = all.map(({ version, path }) => `${version} (${relative(folder, path)})`).join(' and ')
    return [{ id: 'copies', state: 'FAIL', message: `${all.length} ${name}: ${list}`, why, fix: `npm dedupe ${name}` }]
  })
  const found = [...new Set([...copies.values()].map(({ name }) => name))]
  if (findings.length > 0 || found.length === 0) return findings
  return [{ id: 'copies', state: 'ok', message: `one of ${found.sort().join(', ')}` }]
}

/** By their real paths: links to one copy are one. */
async function collect(modules: string, copies: Map<string, Copy>): Promise<void> {
  for (const { name, path } of await packagesIn(modules)) {
    if (name in watched) {
      const real = await realpath(path)
      const manifest = await readFile(join(real, 'package.json'), 'utf8').catch(() => '{}')
      copies.set(real, { name, path, version: (JSON.parse(manifest) as { version?: string }).version ?? '?' })
    }
    await collect(join(path, 'node_modules'), copies)
  }
}

async function packagesIn(modules: string): Promise<{ name: string; path: string }[]> {
  const entries = await readdir(modules, { withFileTypes: true }).catch((): Dirent[] => [])
  const packages: { name: string; path: string }[] = []
  for (const { name } of entries) {
    const path = join(modules, name)
    if (name.startsWith('@'))
      for (const inner of await readdir(path).catch(() => []))
        packages.push({ name: `${name}/${inner}`, path: join(path, inner) })
    else if (!name.startsWith('.')) packages.push({ name, path })
  }
  return packages
}
