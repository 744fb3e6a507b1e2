import { pathToFileURL } from 'node:url'
import { compare, medianRatio } from './harness/compare.js'
import type { Contender } from './harness/contender.js'
import { printComparison, printTarget } from './harness/table.js'

const polywire = new URL('./thrift/polywire.js', import.meta.url).href
const npm = new URL('./thrift/npm.js', import.meta.url).href

/** How many times the calls of the npm package, by codec. */
const targets = { binary: 5, compact: 4 } as const

/** Unary calls over one framed connection, 64 in flight; client and server each in a process of its own. */
export async function run(): Promise<void> {
  for (const [codec, target] of Object.entries(targets)) {
    const ours: Contender = { name: `polywire, ${codec}`, module: polywire, variant: codec }
    const theirs: Contender = { name: `npm thrift, ${codec}`, module: npm, variant: codec }
    const results = await compare([ours, theirs], { reply: 'Hello, World!' })
    printComparison(results, theirs.name)
    const [mine, reference] = results
    if (mine === undefined || reference === undefined) continue
    const ratio = medianRatio(mine, reference, of => of.callsPerSecond)
    printTarget(`framed ${codec} answers ${target} x the calls of npm thrift`, ratio, ratio >= target)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await run()
