import type { Call, MethodInfo } from '../core/call.js'
import type {
  BreakerChange,
  BreakerState,
  CallObservation,
  CallObserver,
  ConnectionChange,
  EjectionChange,
  MethodObserver,
  ObservedSide,
  RefusedCall,
} from '../core/call-observer.js'
import { Counters, other } from './counters.js'
import { type Collected, type ExpositionFormat, expose } from './exposition.js'
import { MethodMetrics, methodLabel, type SideCounters, systemName } from './method-metrics.js'
import { metricTable } from './metric-table.js'
import { ProcessMetrics } from './process-metrics.js'

/** What a server adds to a scrape. */
export interface ServerFigures {
  /** Open connections, by protocol. */
  readonly connections: Readonly<Record<string, number>>
  /** Connections that the limits refused. */
  readonly refusedConnections: number
}

const circuitStates: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 }

/**
 * Counts calls, and writes them in the format of Prometheus.
 *
 * `serve(..., { metrics: true })` makes one for the server. To have the calls that this process makes on the same page, make one and give
 * it to both.
 *
 * @example
 * const metrics = new Metrics()
 * const stock = connect(Stock, 'grpc://stock:50051', { observers: [metrics] })
 * await serve([new Orders(stock)], { port: 8080, metrics: { source: metrics } })
 *
 * @see docs/guide/observability.md#prometheus
 */
export class Metrics implements CallObserver {
  /** Counting needs no context. */
  readonly needsContext = false

  /** By path: several classes may declare one method, as two servers of a process do, and its calls are one series. */
  private readonly methods = {
    client: new Map<string, MethodMetrics[]>(),
    server: new Map<string, MethodMetrics[]>(),
  }
  private dropped = 0
  private readonly counters = { client: this.sideCounters('client'), server: this.sideCounters('server') }
  private readonly refused = this.newCounters()
  private readonly circuits = this.newCounters()
  private readonly connected = this.newCounters()
  private readonly connectionChanges = this.newCounters()
  private readonly ejections = this.newCounters()
  private readonly ejected = this.newCounters()
  private readonly servers = new Set<() => ServerFigures>()
  private readonly process = new ProcessMetrics()

  /** Counts a call. Called by channels and servers. */
  callBegan(call: Call, side: ObservedSide, protocol: string): CallObservation {
    return this.metricsOf(call.method, side, protocol).callBegan()
  }

  /** Counts the calls of a method. Called by channels and servers. */
  bindMethod(method: MethodInfo, side: ObservedSide, protocol: string): MethodObserver {
    return this.metricsOf(method, side, protocol)
  }

  /** Counts a request that was refused before there was a call. Its method counts as `_OTHER`, because a stranger may have named it. */
  callRefused({ peer, path, error }: RefusedCall): void {
    const label = methodLabel(path)
    const shown = this.methods.server.has(path) ? label : other
    this.refused.add(1, systemName(peer.protocol), shown, error.reason ?? 'unknown')
  }

  /** Records the state of a circuit. Called by channels. */
  breakerChanged({ method, endpoint, state }: BreakerChange): void {
    this.circuits.set(circuitStates[state], methodLabel(method.path), endpoint)
  }

  /** Counts connections to endpoints. Called by channels. */
  connectionChanged({ protocol, endpoint: { address }, state }: ConnectionChange): void {
    this.connectionChanges.add(1, protocol, address, state)
    if (state !== 'failed') this.connected.add(state === 'connected' ? 1 : -1, protocol, address)
  }

  /** Counts ejections of endpoints. Called by channels. */
  ejectionChanged({ endpoint: { address }, state }: EjectionChange): void {
    if (state === 'ejected') this.ejections.add(1, address)
    this.ejected.add(state === 'ejected' ? 1 : -1, address)
  }

  /** Adds the connections of a server to what `text` writes. @returns a function that removes them */
  addServer(figures: () => ServerFigures): () => void {
    this.servers.add(figures)
    return () => {
      this.servers.delete(figures)
      if (this.servers.size === 0) this.process.stop()
    }
  }

  /**
   * Writes all metrics as text.
   * @param format `openmetrics`, with exemplars, or the older `text`, which every Prometheus reads; default `text`
   */
  text(format: ExpositionFormat = 'text'): string {
    return [...this.samples(format)].join('')
  }

  /** The text in parts, each of which is made when it is asked for. */
  samples(format: ExpositionFormat): Iterable<string> {
    return expose(this.collect(), format)
  }

  /** The families with their values. Called for a page that is put together from several processes. */
  *collect(): Iterable<Collected> {
    yield* this.side('server')
    yield { family: metricTable.serverRefused, samples: this.refused.samples() }
    yield* this.connections()
    yield* this.side('client')
    yield { family: metricTable.attempts, samples: this.counters.client.attempts.samples() }
    yield { family: metricTable.picks, samples: this.counters.client.picks.samples() }
    yield { family: metricTable.decisions, samples: this.counters.client.decisions.samples() }
    yield { family: metricTable.circuits, samples: this.circuits.samples() }
    yield { family: metricTable.clientConnections, samples: this.connected.samples() }
    yield { family: metricTable.clientConnectionChanges, samples: this.connectionChanges.samples() }
    yield { family: metricTable.ejections, samples: this.ejections.samples() }
    yield { family: metricTable.ejected, samples: this.ejected.samples() }
    yield { family: metricTable.dropped, samples: [[[], this.dropped]] }
    yield* this.process.collect()
  }

  private *side(side: ObservedSide): Iterable<Collected> {
    const all = [...this.methods[side].values()].flat()
    const isClient = side === 'client'
    const duration = isClient ? metricTable.clientDuration : metricTable.serverDuration
    yield { family: duration, samples: all.flatMap(one => [...one.samples()]) }
    const sums = [
      [isClient ? metricTable.clientInFlight : metricTable.serverInFlight, 'inFlight'],
      [isClient ? metricTable.clientReceived : metricTable.serverReceived, 'receivedBytes'],
      [isClient ? metricTable.clientSent : metricTable.serverSent, 'sentBytes'],
    ] as const
    for (const [family, figure] of sums) {
      const byMethod = new Map<string, number>()
      for (const one of all) byMethod.set(one.label, (byMethod.get(one.label) ?? 0) + one[figure])
      yield { family, samples: [...byMethod].map(([label, value]) => [[label], value] as const) }
    }
    const family = isClient ? metricTable.clientShed : metricTable.serverShed
    yield { family, samples: this.counters[side].shed.samples() }
  }

  private *connections(): Iterable<Collected> {
    const open = new Map<string, number>()
    let refused = 0
    for (const figures of this.servers) {
      const { connections, refusedConnections } = figures()
      refused += refusedConnections
      for (const [protocol, count] of Object.entries(connections)) open.set(protocol, (open.get(protocol) ?? 0) + count)
    }
    yield { family: metricTable.connections, samples: [...open].map(([name, count]) => [[name], count] as const) }
    if (this.servers.size > 0) yield { family: metricTable.refusedConnections, samples: [[[], refused]] }
  }

  private metricsOf({ path }: MethodInfo, side: ObservedSide, protocol: string): MethodMetrics {
    const methods = this.methods[side]
    let found = methods.get(path)
    if (found === undefined) {
      found = []
      methods.set(path, found)
    }
    for (const one of found) if (one.protocol === protocol) return one
    const made = new MethodMetrics(path, protocol, this.counters[side])
    found.push(made)
    return made
  }

  private sideCounters(side: ObservedSide): SideCounters {
    const made = () => this.newCounters()
    return { side, shed: made(), attempts: made(), picks: made(), decisions: made() }
  }

  private newCounters(): Counters {
    return new Counters(() => this.dropped++)
  }
}
