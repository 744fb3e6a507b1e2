import { compare } from './harness/compare.js'
import type { Contender } from './harness/contender.js'
import type { Report } from './harness/report.js'
import { user } from './http/user.js'

const fastify = 'fastify + undici'

const contenders: readonly Contender[] = [
  { name: 'polywire, four policies', module: moduleOf('polywire'), variant: 'four' },
  { name: 'polywire, four policies, HTTP/1.1', module: moduleOf('polywire'), variant: 'four-http1' },
  { name: 'polywire, policies unused', module: moduleOf('polywire'), variant: 'unused' },
  { name: 'polywire, none', module: moduleOf('polywire'), variant: 'none' },
  { name: 'polywire, none, over HTTP/2', module: moduleOf('polywire'), variant: 'http2' },
  { name: fastify, module: moduleOf('fastify') },
  { name: 'NestJS TCP', module: moduleOf('nest') },
  { name: 'Moleculer TCP', module: moduleOf('moleculer') },
  { name: 'tRPC httpLink', module: moduleOf('trpc') },
  { name: 'tRPC httpBatchLink', module: moduleOf('trpc'), variant: 'batch' },
  { name: 'oRPC', module: moduleOf('orpc') },
  { name: 'connect-node (Connect)', module: moduleOf('connect') },
]

/**
 * Unary calls with JSON, 64 in flight, the same record both ways: polywire with timeout, retry, failover and balancing, with none of them, and
 * its peers.
 */
export async function run(report: Report): Promise<void> {
  const results = await compare(contenders, report, { reply: user })
  report.add({ id: 'http.unary', title: 'JSON, unary, 64 in flight', reference: fastify }, results)
}

function moduleOf(name: string): string {
  return new URL(`./http/${name}.js`, import.meta.url).href
}
