import { lookup, resolveSrv } from 'node:dns/promises'
import { pause } from '../core/clock.js'
import type { Endpoint } from '../core/endpoint.js'
import { misuse } from '../core/rpc-error.js'
import type { Resolver, ResolverContext, ResolverTarget } from './resolver.js'

export interface DnsOptions {
  /** Milliseconds between look-ups without failures; default 30 s. New replicas get calls after that time at the latest. */
  readonly period?: number
  /** The least milliseconds between look-ups; default 1 s. */
  readonly minPeriod?: number
  /** The look-up, for tests. Default: the system's resolver, so that /etc/hosts and search domains apply. */
  readonly lookup?: (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>
  readonly resolveSrv?: (name: string) => Promise<readonly SrvRecord[]>
}

interface SrvRecord {
  readonly name: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

/**
 * `grpc+dns://hello.default.svc:50051`: every A and AAAA record is an endpoint, as a headless Kubernetes service lists its pods.
 * `grpc+dns://_grpc._tcp.hello.example`: SRV records, with ports, weights and priorities (RFC 2782).
 *
 * A name is looked up every 30 s, and when an endpoint fails. A failed look-up keeps the last set.
 */
export function dnsResolver(options: DnsOptions = {}): Resolver {
  return {
    name: 'dns',
    leavesPath: true,
    check(target) {
      parse(target)
    },
    watch: (target, context) => watch(parse(target), options, context),
  }
}

type Query = { readonly srv: string } | { readonly host: string; readonly port: number }

async function* watch(
  query: Query,
  options: DnsOptions,
  context: ResolverContext,
): AsyncGenerator<readonly Endpoint[]> {
  const { period = 30_000, minPeriod = 1000 } = options
  let last = ''
  while (!context.signal.aborted) {
    const found = await lookUp(query, options)
    const key = JSON.stringify(found)
    // An empty answer is more often a DNS server in trouble than a service without replicas, so the last set stays.
    if (key !== last && (found.length > 0 || last === '')) {
      last = key
      yield found
    }
    await pause(context.clock, minPeriod, context.signal)
    const round = new AbortController()
    const rest = pause(context.clock, period - minPeriod, AbortSignal.any([context.signal, round.signal]))
    await Promise.race([rest, context.failure()])
    // Cancels the timer of a pause that a failure ended early.
    round.abort()
  }
}

async function lookUp(query: Query, options: DnsOptions): Promise<readonly Endpoint[]> {
  if ('srv' in query) {
    const records = await (options.resolveSrv ?? resolveSrv)(query.srv)
    const sorted = [...records].sort(
      (a, b) => a.priority - b.priority || a.name.localeCompare(b.name) || a.port - b.port,
    )
    return sorted.map(({ name, port, priority, weight }) => ({
      address: `${name}:${port}`,
      weight: weight || 1,
      priority,
    }))
  }
  const addresses = await (options.lookup ?? (host => lookup(host, { all: true })))(query.host)
  return addresses
    .map(({ address, family }) => ({ address: `${family === 6 ? `[${address}]` : address}:${query.port}` }))
    .sort(byAddress)
}

function byAddress(a: Endpoint, b: Endpoint): number {
  return a.address < b.address ? -1 : 1
}

function parse({ authority, defaultPort }: ResolverTarget): Query {
  const match = /^([\w.-]+?)\.?(?::(\d{1,5}))?$/.exec(authority)
  const port = match?.[2] === undefined ? defaultPort : Number(match[2])
  if (match?.[1] === undefined || port === undefined || port < 1 || port > 65_535) {
    throw misuse(
      'invalid_target',
      `dns: cannot look up ${JSON.stringify(authority)}; write a name, such as grpc+dns://hello.default.svc:50051`,
    )
  }
  return match[1].startsWith('_') ? { srv: match[1] } : { host: match[1], port }
}
