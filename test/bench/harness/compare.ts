import { isDeepStrictEqual } from 'node:util'
import type { Contender } from './contender.js'
import { type RoundResult, RunningContender } from './processes.js'

export interface ComparisonOptions {
  /** Calls in flight at each client; default 64. */
  readonly inFlight?: number
  /** Rounds, in each of which every contender has one turn; default 7, or the environment's BENCH_ROUNDS. */
  readonly rounds?: number
  /** Milliseconds of a turn; default 1500, or BENCH_MS. A third of it more goes before as a warm-up. */
  readonly duration?: number
  /** What every contender must reply, as JSON would have it; default: not checked. */
  readonly reply?: unknown
}

/** Figures of one contender in every round, in order. */
export interface Comparison {
  readonly name: string
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
  /** Bytes resident. */
  readonly clientMemory: number
  readonly serverMemory: number
}

/**
 * Lets contenders take turns, each client and each server in a process of its own. What disturbs the machine disturbs neighbours in
 * a round alike, so figures of one round are compared with each other and never with those of another run.
 * BENCH_ONLY keeps only the contenders whose name contains one of its comma-separated words.
 */
export async function compare(
  contenders: readonly Contender[],
  options: ComparisonOptions = {},
): Promise<readonly Comparison[]> {
  const duration = options.duration ?? Number(process.env.BENCH_MS ?? 1500)
  const load = { inFlight: options.inFlight ?? 64, warmUp: duration / 3, duration }
  const rounds = options.rounds ?? Number(process.env.BENCH_ROUNDS ?? 7)
  const running: RunningContender[] = []
  try {
    for (const contender of contenders.filter(isWanted)) {
      const started = await RunningContender.start(contender)
      running.push(started)
      if (options.reply !== undefined && !isDeepStrictEqual(started.firstReply, options.reply))
        throw new Error(`${contender.name} replied ${JSON.stringify(started.firstReply)}`)
    }
    // The first turn of each only makes its code hot.
    for (const one of running) await one.round(load)
    const results = running.map(one => ({ name: one.contender.name, rounds: [] as RoundFigures[] }))
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < running.length; turn++) {
        const at = (turn + round) % running.length
        results[at]?.rounds.push(figuresOf(await (running[at] as RunningContender).round(load)))
      }
    }
    return results
  } finally {
    for (const one of running) one.end()
  }
}

function isWanted({ name }: Contender): boolean {
  const words = process.env.BENCH_ONLY?.split(',')
  return words === undefined || words.some(word => name.includes(word))
}

function figuresOf({ client, server }: RoundResult): RoundFigures {
  return {
    callsPerSecond: (client.calls / client.elapsed) * 1000,
    p50: client.p50,
    p99: client.p99,
    clientCpu: client.usage.cpu / client.calls,
    serverCpu: server.cpu / client.calls,
    clientMemory: client.usage.memory,
    serverMemory: server.memory,
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
