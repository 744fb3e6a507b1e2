import { type Comparison, compare, medianRatio, type RoundFigures } from './harness/compare.js'
import type { Contender } from './harness/contender.js'
import { printComparison, printTarget } from './harness/table.js'
import { user } from './http/user.js'
import { run as measureImport } from './import.js'

const four = 'polywire, four policies'
const unused = 'polywire, policies unused'
const none = 'polywire, none'
const http2 = 'polywire, none, over HTTP/2'
const fastify = 'fastify + undici'
const trpc = 'tRPC httpLink'
const trpcBatch = 'tRPC httpBatchLink'

const contenders: readonly Contender[] = [
  { name: four, module: moduleOf('polywire'), variant: 'four' },
  { name: unused, module: moduleOf('polywire'), variant: 'unused' },
  { name: none, module: moduleOf('polywire'), variant: 'none' },
  { name: http2, module: moduleOf('polywire'), variant: 'http2' },
  { name: fastify, module: moduleOf('fastify') },
  { name: 'NestJS TCP', module: moduleOf('nest') },
  { name: trpc, module: moduleOf('trpc') },
  { name: trpcBatch, module: moduleOf('trpc'), variant: 'batch' },
]

/**
 * Unary calls over HTTP/JSON, 64 in flight, the same record both ways: polywire with timeout, retry, failover and balancing, with none of
 * them, and its peers. Prints the table and whether the targets hold.
 */
export async function run(): Promise<void> {
  const results = await compare(contenders, { reply: user })
  printComparison(results, fastify)
  const ratio = (one: string, other: string) => ratioOf(results, one, other)
  const better = Math.min(ratio(four, trpc), ratio(four, trpcBatch))
  printTarget("four policies, of tRPC's better figure, at least 3", better, better >= 3)
  printTarget('four policies, of fastify + undici, at least 0.9', ratio(four, fastify), ratio(four, fastify) >= 0.9)
  printTarget('four policies, of none, at least 0.9', ratio(four, none), ratio(four, none) >= 0.9)
  printTarget('over HTTP/2, of none over HTTP/1.1, at least 1', ratio(http2, none), ratio(http2, none) >= 1)
  printTarget('policies that a method does not use, of none, about 1', ratio(unused, none), ratio(unused, none) >= 0.97)
  await measureImport()
}

function ratioOf(results: readonly Comparison[], oneName: string, otherName: string): number {
  const one = results.find(({ name }) => name === oneName)
  const other = results.find(({ name }) => name === otherName)
  return one === undefined || other === undefined ? Number.NaN : medianRatio(one, other, callsPerSecond)
}

function callsPerSecond(of: RoundFigures): number {
  return of.callsPerSecond
}

function moduleOf(name: string): string {
  return new URL(`./http/${name}.js`, import.meta.url).href
}
