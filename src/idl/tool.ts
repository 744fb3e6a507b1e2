import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { installed } from './installed.js'

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

/** A program of an npm package that is installed, for a file; undefined if there is none. */
export function installedTool(packageName: string, name: string, near?: string): Tool | undefined {
  const manifest = installed(`${packageName}/package.json`, near)
  return manifest === undefined
    ? undefined
    : { name, command: process.execPath, before: [join(dirname(manifest), 'bin', name)] }
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
