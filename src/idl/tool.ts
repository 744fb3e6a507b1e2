import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'

/** A program that reads an interface definition, and what it needs before its arguments. */
export interface Tool {
  readonly name: string
  readonly command: string
  readonly before: readonly string[]
}

/** How a program ended. `missing`: there is no such program. */
export interface Ended {
  readonly status: 'ok' | 'failed' | 'missing'
  readonly out: string
  /** What it printed to stderr, and to stdout if that is empty. */
  readonly said: string
}

/** A program of an npm package that the project has; undefined if it has none. */
export function installedTool(packageName: string, name: string): Tool | undefined {
  try {
    const manifest = createRequire(resolve('polywire')).resolve(`${packageName}/package.json`)
    return { name, command: process.execPath, before: [join(dirname(manifest), 'bin', name)] }
  } catch {
    return undefined
  }
}

export function systemTool(name: string): Tool {
  return { name, command: name, before: [] }
}

/** Runs a program to its end. */
export function runTool({ command, before }: Tool, args: readonly string[], cwd?: string): Promise<Ended> {
  return new Promise(done => {
    execFile(command, [...before, ...args], { maxBuffer: 256 * 1024 * 1024, cwd }, (error, out, err) => {
      const said = err.trim() === '' ? out : err
      if (error === null) done({ status: 'ok', out, said })
      else done({ status: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : 'failed', out, said })
    })
  })
}
