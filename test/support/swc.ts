import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Options } from '@swc/core'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Reads a source from its standard input, since arguments have a limit. */
const program = `
  const { readFileSync } = require('node:fs')
  const { transformSync } = require('@swc/core')
  const { source, options } = JSON.parse(readFileSync(0, 'utf8'))
  process.stdout.write(transformSync(source, options).code)`

/**
 * What swc makes of a source. In a process of its own: swc's native module is loaded once per worker thread, and the second thread of AVA that
 * loads it, or the first that ends with it, can take the process along (SIGSEGV in its registration, seen on Node 26).
 */
export async function transformBySwc(source: string, options: Options): Promise<string> {
  const running = run(process.execPath, ['-e', program], { cwd: root })
  running.child.stdin?.end(JSON.stringify({ source, options }))
  return (await running).stdout
}
