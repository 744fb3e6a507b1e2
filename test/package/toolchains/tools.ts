import { createHash } from 'node:crypto'
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { root, run } from '../installed.js'

const listed = join(root, 'test/package/toolchains/tools.json')

export const nodeVersions = ['20', '22', '24', '26'] as const
export type NodeVersion = (typeof nodeVersions)[number]

/** The tools of the matrix. */
export interface Tools {
  /** A file of one of them. */
  readonly path: (file: string) => string
  /** The binary of a version of Node. */
  readonly node: (version: NodeVersion) => string
  /** The exact version of a tool. */
  readonly version: (name: string) => string
}

interface Listed {
  readonly dependencies: Readonly<Record<string, string>>
  readonly nodes: Readonly<Record<NodeVersion, string>>
}

/** Installs the tools, where no run before has. The folder's name is made from the list, so that another list is another folder. */
export async function installTools(): Promise<Tools> {
  const text = await readFile(listed, 'utf8')
  const { dependencies, nodes } = JSON.parse(text) as Listed
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'polywire-toolchains')
  const folder = join(cache, createHash('sha256').update(text).digest('hex').slice(0, 16))
  if (!(await exists(folder))) {
    const binaries = Object.entries(nodes).map(([version, exact]) => [
      `node-${version}`,
      `npm:node-${process.platform}-${process.arch}@${exact}`,
    ])
    const making = `${folder}.${process.pid}`
    await mkdir(making, { recursive: true })
    const all = { ...dependencies, ...Object.fromEntries(binaries) }
    await writeFile(join(making, 'package.json'), JSON.stringify({ private: true, dependencies: all }))
    const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps']
    await run('npm', ['install', ...options], making, 600_000)
    // Whole or not at all. Another run may have been faster.
    await rename(making, folder).catch(() => rm(making, { recursive: true }))
  }
  return {
    path: file => join(folder, 'node_modules', file),
    node: version => join(folder, 'node_modules', `node-${version}`, 'bin/node'),
    version: name =>
      (dependencies[name] ?? nodes[name.replace('node-', '') as NodeVersion] ?? '').replace(/^npm:.*@/, ''),
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
