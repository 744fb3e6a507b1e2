import { type Assignment, Crew } from './bench/crew.js'
import { type Found, findRate } from './bench/find.js'
import { type Generator, ThreadGenerator } from './bench/generator.js'
import { benchJson } from './bench/json.js'
import type { Step } from './bench/load.js'
import { type Plan, planOf } from './bench/plan.js'
import { Progress } from './bench/progress.js'
import { foundText, heldText, stepsText, stepText } from './bench/report.js'
import { distrust, isTrusted, type RunStep, rateText } from './bench/run-step.js'
import { openSession, type Session } from './bench/session.js'
import { CliError, exits } from './cli-error.js'
import type { Typed } from './command.js'
import { counted } from './counted.js'
import { explained } from './explained.js'
import type { Terminal } from './terminal.js'

export async function run(typed: Typed, terminal: Terminal): Promise<number> {
  if (typed.positionals[0] === undefined)
    throw new CliError('bench takes TARGET METHOD [DATA...]', { hint: 'polywire help bench' })
  const plan = planOf(typed)
  const session = await openSession(typed, plan.connections)
  const crew = plan.workers === 0 ? undefined : await Crew.start(workerProgram, assignmentsOf(plan, typed))
  const bench = new Bench(plan, session, crew ?? new ThreadGenerator(random => session.sender(random)), terminal)
  try {
    return await bench.run()
  } finally {
    await crew?.close()
    await session.close()
  }
}

/** Beside this file, in a bundle too. */
const workerProgram = new URL('./bench-worker.js', import.meta.url)

function assignmentsOf({ workers, connections }: Plan, { line }: Typed): Assignment[] {
  const each = Math.ceil(connections / workers)
  return Array.from({ length: workers }, (_, index) => ({ line, connections: each, index, of: workers }))
}

class Bench {
  private readonly done: RunStep[] = []

  constructor(
    private readonly plan: Plan,
    private readonly session: Session,
    private readonly generator: Generator,
    private readonly terminal: Terminal,
  ) {}

  async run(): Promise<number> {
    const { steps, find } = this.plan
    const [first] = steps
    if (first === undefined) return exits.ok
    await this.warmUp(first)
    const found = find && (await findRate(find.low, find.high, rate => this.holds({ ...first, rate })))
    if (find === undefined)
      for (const step of steps) if (!this.terminal.signal.aborted) this.done.push(...(await this.step(step)))
    await this.print(found)
    if (this.terminal.signal.aborted) return exits.interrupted
    const isGood =
      find === undefined
        ? this.done.every(step => step.broken.length === 0 && isTrusted(step))
        : found?.held !== undefined
    return isGood ? exits.ok : exits.no
  }

  /** The first calls find out whether the method can be called at all. They are not counted. */
  private async warmUp(first: Step): Promise<void> {
    const { warmup } = this.plan
    if (warmup === 0) return
    const { endRate: _, ...step } = first
    const { tallies } = await this.generator.run({ ...step, duration: warmup, windows: 1 }, this.terminal.signal)
    const [failure] = tallies[0]?.failures.values() ?? []
    if (tallies[0]?.ok || failure === undefined || this.terminal.signal.aborted) return
    const { place } = this.session
    throw await explained(failure.first, { ...place, address: failure.endpoint ?? place.address })
  }

  /** Runs a step of a search. @returns whether it held; undefined if it was interrupted */
  private async holds(step: Step): Promise<boolean | undefined> {
    const [ran] = await this.step(step)
    if (ran === undefined) return undefined
    this.done.push(ran)
    return this.terminal.signal.aborted ? undefined : ran.broken.length === 0 && isTrusted(ran)
  }

  /** Runs a step. @returns it, or the windows of a ramp that it came to */
  private async step(step: Step): Promise<RunStep[]> {
    const progress = new Progress(this.generator, step, this.terminal)
    const { tallies, ran } = await this.generator.run(step, this.terminal.signal).finally(() => progress.end())
    const { rate, endRate, windows, duration } = step
    const each = duration / windows
    return tallies.flatMap((tally, at): RunStep[] => {
      const seconds = (windows === 1 ? ran : Math.min(each, ran - at * each)) / 1000
      if (seconds <= 0) return []
      const broken = this.plan.conditions.flatMap(condition => {
        const value = condition.heldBy(tally, seconds)
        return value === undefined ? [] : [{ condition, value }]
      })
      if (rate === undefined || endRate === undefined) return [{ tally, rate, seconds, broken }]
      const [from, to] = [at, at + 1].map(part => rate + ((endRate - rate) * part) / windows)
      return [{ tally, rate: from, endRate: to as number, seconds, broken }]
    })
  }

  /** Who ended the load, and how much of it ran. */
  private interruption(): string {
    const by = `canceled by ${(this.terminal.signal.reason as Error).message}`
    if (this.done.length === 0) return `${by} during the warm-up; nothing was measured`
    const seconds = this.done.reduce((sum, step) => sum + step.seconds, 0)
    return `${by} after ${seconds.toFixed(1)} s; the report is of these`
  }

  private async print(found: Found | undefined): Promise<void> {
    const { plan, terminal, done, session } = this
    const methods = [...new Set(session.traffic.methods.map(({ method }) => method.path.slice(1)))]
    if (terminal.isJson) {
      const document = benchJson(plan, { url: session.place.url, methods, steps: done, found })
      return terminal.out(`${JSON.stringify(document)}\n`)
    }
    const [step, ...others] = done
    if (terminal.signal.aborted) terminal.err(`${this.interruption()}\n`)
    if (terminal.isQuiet || step === undefined) return
    const isSeveral = others.length > 0 || plan.steps.length > 1 || found !== undefined
    const doubted = found === undefined ? done.find(one => !isTrusted(one)) : undefined
    const head = `${methods.length === 1 ? methods[0] : `${methods.length} methods`} at ${session.place.url}\n${loopText(plan)}\n`
    const held = plan.conditions.length > 0 && found === undefined && isSeveral ? [heldText(done)] : []
    const fails = found === undefined ? done.flatMap(one => brokenText(one, isSeveral)) : []
    await terminal.out(
      [
        doubted === undefined ? '' : `${distrust(doubted, plan.workers)}\n`,
        isSeveral ? stepsText(done) : `${head}${stepText(step, deadlineText(plan))}`,
        found === undefined ? '' : foundText(done, found),
        [...fails, ...held].join('. '),
        fails.length + held.length > 0 ? '\n' : '',
      ].join(''),
    )
  }
}

function brokenText(step: RunStep, isSeveral: boolean): string[] {
  const where = isSeveral ? ` at ${rateText(step)}/s` : ''
  return step.broken.map(({ condition, value }) => condition.brokenText(value, where))
}

/** `50 ms` */
function deadlineText({ timeout }: Plan): string {
  return timeout.replace(/(?<=\d)(?=[a-z])/, ' ')
}

function loopText(plan: Plan): string {
  const {
    steps: [step],
    connections,
    workers,
    warmup,
  } = plan
  if (step === undefined) return ''
  const { rate, concurrency, duration } = step
  const parts = [
    rate === undefined ? `${duration / 1000} s` : `open loop, ${rateText(step)} calls/s for ${duration / 1000} s`,
    `deadline ${deadlineText(plan)}`,
    counted(workers === 0 ? connections : workers * Math.ceil(connections / workers), 'connection'),
    ...(workers === 0 ? [] : [counted(workers, 'worker')]),
    ...(warmup === 0 ? [] : [`${warmup / 1000} s of warm-up not counted`]),
  ]
  const text = parts.join(', ')
  return rate === undefined ? `closed loop, ${concurrency} at a time: ${closedNote}\n${text}` : text
}

const closedNote = 'the time that calls would have waited is left out; use --rate to see it'
