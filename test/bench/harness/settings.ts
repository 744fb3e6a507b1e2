import { parseArgs } from 'node:util'

/** What the command line asks for. */
export interface Settings {
  /** Benchmarks to run; empty: the published ones. */
  readonly names: readonly string[]
  /** Whether what takes long to start is left out. */
  readonly quick: boolean
  /** Rounds, in each of which every contender has one turn. */
  readonly rounds: number
  /** Milliseconds of a turn. A third of it more goes before as a warm-up. */
  readonly duration: number
  /** Minutes of the soak. */
  readonly minutes: number
  /** Only contenders whose name contains one of these words; default: all. */
  readonly only?: readonly string[]
  /** The file for the results. */
  readonly json?: string
  /** Whether docs/performance and README's figures are replaced with those of this run. */
  readonly publish: boolean
  /** Whether ratios are compared with the committed ones. */
  readonly check: boolean
}

export const usage = `npm run bench -- [name...] [flags]

  --quick           3 rounds of 150 ms in place of 5 of 800; without what takes long, such as other languages and the ends of curves
  --rounds N        rounds, in each of which every contender has one turn
  --ms N            milliseconds of a turn
  --minutes N       minutes of the soak; default 10
  --only a,b        only contenders whose name contains one of these words
  --json FILE       writes the results to a file
  --publish         replaces docs/performance/results.json, its charts and pages, and README's figures
  --check           compares ratios with docs/performance/results.json; exit code 1 if one fell or has none there`

/** @throws TypeError if a flag is unknown or its value is not a positive integer */
export function settingsOf(args: readonly string[]): Settings {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      ms: { type: 'string' },
      minutes: { type: 'string' },
      only: { type: 'string' },
      json: { type: 'string' },
      publish: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
    },
  })
  const { quick, publish, check } = values
  return {
    names: positionals,
    quick,
    rounds: count('--rounds', values.rounds ?? (quick ? '3' : '5')),
    duration: count('--ms', values.ms ?? (quick ? '150' : '800')),
    minutes: count('--minutes', values.minutes ?? (quick ? '1' : '10')),
    publish,
    check,
    ...(values.only !== undefined && { only: values.only.split(',') }),
    ...(values.json !== undefined && { json: values.json }),
  }
}

function count(flag: string, value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new TypeError(`${flag} must be a positive integer, got ${value}`)
  return Number(value)
}
