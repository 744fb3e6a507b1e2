// Runs benchmarks by name: npm run bench -- http grpc. Each is a module of this folder that exports `run(): Promise<void>`
// and does nothing when it is imported; what several of them need lies in harness/.
import { readdir } from 'node:fs/promises'

/** What each benchmark of this folder exports. */
export interface Benchmark {
  /** Measures and prints a table. Rejects where it could not measure; a target that is missed is printed, not thrown. */
  run(): Promise<void>
}

const known = (await readdir(import.meta.dirname))
  .filter(file => file.endsWith('.js') && file !== 'main.js')
  .map(file => file.slice(0, -'.js'.length))
  .sort()

const names = process.argv.slice(2)
const unknown = names.filter(name => !known.includes(name))
if (names.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`There is no benchmark ${unknown.join(', ')}.`)
  console.error(`npm run bench -- <name> [...]; there are: ${known.join(', ')}`)
  process.exitCode = 2
} else {
  for (const name of names) {
    const benchmark = (await import(`./${name}.js`)) as Partial<Benchmark>
    if (benchmark.run === undefined) throw new Error(`test/bench/${name}.ts exports no run(): Promise<void>`)
    await benchmark.run()
  }
}
