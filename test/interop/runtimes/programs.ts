import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ExecutionContext } from 'ava'
import type { Sightings } from '../../matrix/contract.js'
import { learn, type Told } from './telling.js'

export const root = join(import.meta.dirname, '../../../..')
export const compiled = join(root, 'build/test/interop/runtimes')
/** `npm run runtimes` fills it. */
export const installed = process.env.POLYWIRE_RUNTIMES ?? join(root, 'node_modules/.runtimes/node_modules')

/** The runtimes that have sockets, and how each runs a file of the test. */
export const runtimes = {
  Bun: { program: '@oven/bun-linux-x64/bin/bun', run: [] },
  Deno: { program: '@deno/linux-x64-glibc/deno', run: ['run', '--allow-all', '--no-prompt'] },
} as const

export type RuntimeName = keyof typeof runtimes

export const runtimeNames = Object.keys(runtimes) as RuntimeName[]

/** Runs a file of the test in a runtime, until the test ends. */
export function startIn(t: ExecutionContext, runtime: RuntimeName, file: string, ...args: string[]): ChildProcess {
  const { program, run } = runtimes[runtime]
  return start(t, program, [...run, '--conditions=polywire-development', join(compiled, file), ...args])
}

/** Runs a program of those that are installed, until the test ends. */
export function start(t: ExecutionContext, program: string, args: readonly string[]): ChildProcess {
  const path = join(installed, program)
  if (!existsSync(path)) throw new Error(`${program} is missing: npm run runtimes`)
  const child = spawn(path, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

/**
 * The first line of JSON that the program prints and that has this property.
 * @param sightings learns from the lines, after that one too
 */
export function told<T>(child: ChildProcess, property: string, sightings?: Sightings): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`it ended without printing ${property}`)))
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', line => {
      if (!line.startsWith('{')) return
      const value = JSON.parse(line) as Told & Record<string, unknown>
      if (sightings !== undefined) learn(sightings, value)
      if (property in value) resolve(value as T)
    })
  })
}
