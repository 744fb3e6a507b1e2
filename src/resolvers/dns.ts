import { lookup, resolveSrv } from 'node:dns/promises'
import { pause } from '../core/clock.js'
import type { Endpoint } from '../core/endpoint.js'
import { misuse } from '../core/rpc-error.js'
import type { Resolver, ResolverContext, ResolverTarget } from './resolver.js'

export interface DnsOptions {
  /** Milliseconds between two look-ups when nothing fails; default 30 s. New replicas get calls no later than that. */
  readonly period?: number
  /** Milliseconds that pass between two look-ups at least, however much fails; default 1 s. */
  readonly minPeriod?: number
  /** For tests; default: the system's resolver, so /etc/hosts and search domains hold too. */
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
 * `grpc+dns://hello.default.svc:50051`: every A and AAAA record is an endpoint (a headless Kubernetes service lists its pods so).
 * `grpc+dns://_grpc._tcp.hello.example`: SRV records, with their ports, weights and priorities (RFC 2782).
 *
 * A name is looked up every 30 s and whenever an endpoint fails. A look-up that fails keeps the last set.
 */
export function dnsResolver(options: DnsOptions = {}): Resolver {
  return {
    name: 'dns',
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
    // An empty answer is a registry in trouble more often than a service without replicas: what is known stays.
    if (key !== last && (found.length > 0 || last === '')) {
      last = key
      yield found
    }
    await pause(context.clock, minPeriod, context.signal)
    const round = new AbortController()
    const rest = pause(context.clock, period - minPeriod, AbortSignal.any([context.signal, round.signal]))
    await Promise.race([rest, context.failure()])
    // A failure that ends the pause early leaves no timer behind.
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
      `dns: ${JSON.stringify(authority)} is no name to look up; write grpc+dns://hello.default.svc:50051`,
    )
  }
  return match[1].startsWith('_') ? { srv: match[1] } : { host: match[1], port }
}
