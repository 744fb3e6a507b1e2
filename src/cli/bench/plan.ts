import { availableParallelism } from 'node:os'
import { type Duration, toMilliseconds } from '../../core/duration.js'
import { CliError } from '../cli-error.js'
import type { Typed } from '../command.js'
import { type Condition, conditionOf } from './condition.js'
import type { Step } from './load.js'

/** What the flags of `bench` say. */
export interface Plan {
  /** They run one after the other. With `find`, the first is where the search begins. */
  readonly steps: readonly Step[]
  /** Searches the highest rate at which no condition holds. */
  readonly find: { readonly low: number; readonly high: number | undefined } | undefined
  /** Milliseconds. */
  readonly warmup: number
  readonly connections: number
  /** Threads that make the load; 0: this one. */
  readonly workers: number
  readonly conditions: readonly Condition[]
  readonly timeout: string
}

/** Parts of a ramp that are reported apart. */
const rampWindows = 10

/** @throws CliError for a flag that cannot be read, or two that exclude each other */
export function planOf(typed: Typed): Plan {
  const concurrency = typed.valueOf('concurrency')
  if (concurrency !== undefined && typed.valueOf('rate') !== undefined)
    throw new CliError('--rate is an open loop and --concurrency a closed one; give one of them')
  const rates = concurrency === undefined ? ratesOf(typed.valueOf('rate') ?? '100') : [[undefined, undefined] as const]
  const conditions = typed.valuesOf('fail-if').map(conditionOf)
  const common = commonOf(typed, rates.length > 1 || typed.has('find'))
  return {
    steps: rates.map(([rate, endRate]): Step => {
      if (endRate === undefined || typed.has('find')) return { ...common, rate, windows: 1 }
      return { ...common, rate, endRate, windows: rampWindows }
    }),
    find: typed.has('find') ? findOf(rates, conditions) : undefined,
    warmup: time(typed, 'warmup', '2s'),
    connections: integerOf(typed, 'connections', '1'),
    workers: workersOf(typed),
    conditions,
    timeout: typed.valueOf('timeout') ?? '30s',
  }
}

function commonOf(typed: Typed, isSeveral: boolean): Omit<Step, 'rate' | 'windows'> {
  const arrivals = typed.valueOf('arrivals') ?? 'uniform'
  if (arrivals !== 'uniform' && arrivals !== 'poisson') throw new CliError('--arrivals must be uniform or poisson')
  return {
    concurrency: typed.valueOf('concurrency') === undefined ? 0 : integerOf(typed, 'concurrency', '1'),
    duration: time(typed, isSeveral && typed.valueOf('step') !== undefined ? 'step' : 'duration', '10s'),
    arrivals,
    seed: integerOf(typed, 'seed', '1'),
    maxInFlight: integerOf(typed, 'max-in-flight', '10000'),
    patience: time(typed, 'timeout', '30s'),
  }
}

type Rate = readonly [from: number | undefined, to: number | undefined]

/** `100`, `100,200,400` or `100..5000` */
function ratesOf(text: string): readonly Rate[] {
  return text.split(',').map((part): Rate => {
    const [from = '', to, ...others] = part.split('..')
    const ends = to === undefined ? [from] : [from, to]
    const [first, last] = ends.map(Number)
    const isRate = (rate: number | undefined) => rate === undefined || (rate > 0 && rate <= 1_000_000)
    if (others.length === 0 && isRate(first) && isRate(last)) return [first, last]
    throw new CliError(
      `--rate must be calls a second, or several with commas, or a ramp 100..5000, got ${JSON.stringify(text)}`,
    )
  })
}

function findOf(rates: readonly Rate[], conditions: readonly Condition[]): Plan['find'] {
  const [[low, high] = [undefined, undefined]] = rates
  if (conditions.length === 0)
    throw new CliError("--find needs a limit that a rate must hold: --fail-if 'p99>20ms'", {
      hint: 'polywire help bench',
    })
  if (rates.length > 1 || low === undefined || (high !== undefined && high <= low))
    throw new CliError('--find takes one --rate to begin with, or the two that it searches between: --rate 100..5000')
  return { low, high }
}

function workersOf(typed: Typed): number {
  if (typed.valueOf('workers') === undefined) return 0
  const workers = integerOf(typed, 'workers', '1')
  const most = 4 * availableParallelism()
  if (workers <= most) return workers
  throw new CliError(`--workers must be at most ${most} on this machine, got ${workers}`)
}

function time(typed: Typed, flag: string, otherwise: string): number {
  return toMilliseconds((typed.valueOf(flag) ?? otherwise) as Duration, `--${flag}`)
}

function integerOf(typed: Typed, flag: string, otherwise: string): number {
  const text = typed.valueOf(flag) ?? otherwise
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new CliError(`--${flag} must be an integer of at least 1, got ${JSON.stringify(text)}`)
}
