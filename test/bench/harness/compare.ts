import { isDeepStrictEqual } from 'node:util'
import type { Contender } from './contender.js'
import { type RoundResult, RunningContender } from './processes.js'
import type { Report } from './report.js'
import type { Measured } from './result.js'
import { takeTurns } from './turns.js'

export interface ComparisonOptions {
  /** Calls in flight at each client; default 64. */
  readonly inFlight?: number
  /** Milliseconds of a turn at least; default: those of the settings. */
  readonly shortest?: number
  /** What every contender must reply, as JSON would have it; default: not checked. */
  readonly reply?: unknown
}

/** Figures of one contender in every round, in order. */
export interface Comparison extends Measured<keyof RoundFigures> {
  readonly rounds: readonly RoundFigures[]
}

/** Figures of one turn. */
export interface RoundFigures {
  readonly callsPerSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Microseconds of CPU that one call costs. */
  readonly clientCpu: number
  readonly serverCpu: number
  /** Of both. */
  readonly cpu: number
  /** Megabytes resident after the first call, before any load. */
  readonly clientIdle: number
  readonly serverIdle: number
  /** Megabytes resident after a turn. */
  readonly clientMemory: number
  readonly serverMemory: number
}

/**
 * Lets contenders take turns, each client and each server in a process of its own. Figures of one round are compared with each other and never
 * with those of another run. A contender that does not start, replies something else, or fails is left out.
 */
export async function compare(
  contenders: readonly Contender[],
  report: Report,
  options: ComparisonOptions = {},
): Promise<readonly Comparison[]> {
  const { only } = report.settings
  const duration = Math.max(report.settings.duration, options.shortest ?? 0)
  const load = { inFlight: options.inFlight ?? 64, warmUp: duration / 3, duration }
  const isWanted = ({ name }: Contender) => only === undefined || only.some(word => name.includes(word))
  const running: RunningContender[] = []
  // Together, since most of it is importing. Each is waited for in its order, so that the report keeps it.
  const starting = contenders
    .filter(isWanted)
    .map(contender => ({ contender, start: RunningContender.start(contender) }))
  for (const { start } of starting) start.catch(() => {})
  try {
    for (const { contender, start } of starting) {
      await report.attempt(contender.name, async () => {
        const started = await start
        if (options.reply === undefined || isDeepStrictEqual(started.firstReply, options.reply)) running.push(started)
        else {
          started.end()
          throw new Error(`it replied ${JSON.stringify(started.firstReply)}`)
        }
      })
    }
    const measured = await takeTurns(report, running, async one => figuresOf(one, await one.round(load)))
    return measured.map(({ one, rounds }) => ({ name: one.name, rounds }))
  } finally {
    for (const one of running) one.end()
  }
}

function figuresOf({ idle }: RunningContender, { client, server }: RoundResult): RoundFigures {
  const [clientCpu, serverCpu] = [client.usage.cpu / client.calls, server.cpu / client.calls]
  return {
    callsPerSecond: (client.calls / client.elapsed) * 1000,
    p50: client.p50,
    p99: client.p99,
    clientCpu,
    serverCpu,
    cpu: clientCpu + serverCpu,
    clientIdle: idle.client / 2 ** 20,
    serverIdle: idle.server / 2 ** 20,
    clientMemory: client.usage.memory / 2 ** 20,
    serverMemory: server.memory / 2 ** 20,
  }
}

/** The middle one of all rounds. */
export function medianOf({ rounds }: Comparison, figure: (of: RoundFigures) => number): number {
  return median(rounds.map(figure))
}

/** The middle one of the ratios of each round. */
export function medianRatio(one: Comparison, other: Comparison, figure: (of: RoundFigures) => number): number {
  return median(one.rounds.map((round, at) => figure(round) / figure(other.rounds[at] as RoundFigures)))
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2
}
