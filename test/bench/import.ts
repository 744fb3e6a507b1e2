import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { median } from './harness/compare.js'
import { printTarget } from './harness/table.js'

const run7 = Array.from({ length: 7 })
const script =
  'const start = performance.now(); await import("polywire"); process.stdout.write(String(performance.now() - start))'

/** Prints how long a fresh process takes to import the package as it is published: the median of 7, target 150 ms. */
export async function run(): Promise<void> {
  await promisify(execFile)('npm', ['run', '--silent', 'build'])
  const times: number[] = []
  for (const _ of run7) {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
    times.push(Number(stdout))
  }
  const time = median(times)
  printTarget('importing polywire takes under 150 ms', time, time < 150)
}
