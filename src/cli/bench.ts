import { availableParallelism } from 'node:os'
import { withCall } from '../client/proxy.js'
import { streamsOut } from '../core/call.js'
import { type Duration, toMilliseconds } from '../core/duration.js'
import type { MethodSchema } from '../schema/service.js'
import { conditionOf } from './bench/condition.js'
import { Load, type Send, type Step } from './bench/load.js'
import { systemPace } from './bench/pace.js'
import { Progress } from './bench/progress.js'
import { seeded } from './bench/random.js'
import { distrust, isTrusted, type RunStep, stepJson, stepsText, stepText } from './bench/report.js'
import { argumentsOf } from './call.js'
import { CliError, exits } from './cli-error.js'
import { clientOf } from './client.js'
import type { Typed } from './command.js'
import { contractFor } from './contract.js'
import { type Found, findMethod } from './find-method.js'
import { headersOf } from './headers.js'
import { explained } from './out-of-reach.js'
import { requestsOf } from './request.js'
import { type Place, placeOf } from './target.js'
import type { Terminal } from './terminal.js'

export async function run(typed: Typed, terminal: Terminal): Promise<number> {
  const [target, name, ...data] = typed.positionals
  if (target === undefined || name === undefined)
    throw new CliError('bench takes TARGET METHOD [DATA...]', { hint: 'polywire help bench' })
  const plan = planOf(typed)
  const place = await placeOf(target, typed)
  const { services } = await contractFor(place, typed)
  const found = findMethod(name, services, typed)
  const requests = await requestsOf(data, found.method, typed, noInput())
  if (!Array.isArray(requests))
    throw new CliError('bench repeats its requests; give them as fields, JSON or @FILE, not as -')
  const clients = Array.from({ length: plan.connections }, () => clientOf(found, place, typed))
  try {
    const send = senderOf(clients, { found, requests, typed })
    await warmUp(send, plan, { place, terminal })
    const steps = await runSteps(send, plan, terminal)
    await print(steps, { plan, place, method: found.method, terminal })
    return exitOf(steps, terminal)
  } finally {
    await Promise.all(clients.map(client => client[Symbol.asyncDispose]()))
  }
}

type Plan = ReturnType<typeof planOf>

function planOf(typed: Typed) {
  const concurrency = typed.valueOf('concurrency')
  const rates = typed.valueOf('rate') ?? '100'
  if (concurrency !== undefined && typed.valueOf('rate') !== undefined)
    throw new CliError('--rate is an open loop and --concurrency a closed one; give one of them')
  const arrivals = typed.valueOf('arrivals') ?? 'uniform'
  if (arrivals !== 'uniform' && arrivals !== 'poisson') throw new CliError('--arrivals must be uniform or poisson')
  const seed = integerOf('seed', typed.valueOf('seed') ?? '1')
  const time = (flag: string, otherwise: string) =>
    toMilliseconds((typed.valueOf(flag) ?? otherwise) as Duration, `--${flag}`)
  const list = concurrency === undefined ? rates.split(',').map(rateOf) : [undefined]
  const common: Omit<Step, 'rate'> = {
    concurrency: concurrency === undefined ? 0 : integerOf('concurrency', concurrency),
    duration: time(list.length > 1 && typed.valueOf('step') !== undefined ? 'step' : 'duration', '10s'),
    arrivals,
    random: seeded(seed),
    maxInFlight: integerOf('max-in-flight', typed.valueOf('max-in-flight') ?? '10000'),
    patience: time('timeout', '30s'),
  }
  return {
    steps: list.map((rate): Step => ({ ...common, rate })),
    warmup: time('warmup', '2s'),
    connections: integerOf('connections', typed.valueOf('connections') ?? '1'),
    conditions: typed.valuesOf('fail-if').map(conditionOf),
    seed,
    timeout: typed.valueOf('timeout') ?? '30s',
  }
}

function integerOf(flag: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new CliError(`--${flag} must be an integer of at least 1, got ${JSON.stringify(text)}`)
}

function rateOf(text: string): number {
  const rate = Number(text)
  if (rate > 0 && rate <= 1_000_000) return rate
  throw new CliError(`--rate must be calls a second, or several with commas, got ${JSON.stringify(text)}`)
}

async function* noInput(): AsyncIterable<Uint8Array> {}

type Operation = (...args: unknown[]) => unknown

/** Calls in turn by each connection and with each request. The latency of a stream lasts until its end. */
function senderOf(
  clients: readonly object[],
  { found, requests, typed }: { readonly found: Found; readonly requests: readonly unknown[]; readonly typed: Typed },
): Send {
  const { method } = found
  const headers = headersOf(typed)
  const timeout = (typed.valueOf('timeout') ?? '30s') as Duration
  const argumentLists = streamsInOnce(method, requests)
  return async index => {
    let endpoint: string | undefined
    const client = clients[index % clients.length] as object
    const remote = withCall(client, {
      headers,
      timeout,
      onEnd: call => {
        endpoint = call.endpoint?.address
      },
    }) as Readonly<Record<string, Operation>>
    const reply = remote[method.key]?.(...(argumentLists[index % argumentLists.length] ?? []))
    if (streamsOut(method)) for await (const _ of reply as AsyncIterable<unknown>);
    else await reply
    return endpoint
  }
}

/** The arguments of each call: a stream takes all requests in every call. */
function streamsInOnce(method: MethodSchema, requests: readonly unknown[]): readonly (readonly unknown[])[] {
  if (method.kind === 'client_streaming' || method.kind === 'bidi_streaming') return [[requests]]
  return requests.map(request => argumentsOf(method, [request]))
}

/** The first call finds out whether the method can be called at all. What follows is not counted. */
async function warmUp(
  send: Send,
  { steps, warmup }: Plan,
  { place, terminal }: { readonly place: Place; readonly terminal: Terminal },
): Promise<void> {
  const [first] = steps
  if (first === undefined || warmup === 0) return
  const { failures, ok } = await new Load({ ...first, duration: warmup }, send, systemPace, terminal.signal).run()
  const [failure] = failures.values()
  if (ok > 0 || failure === undefined || terminal.signal.aborted) return
  throw await explained(failure.first, place)
}

async function runSteps(send: Send, { steps, conditions }: Plan, terminal: Terminal): Promise<RunStep[]> {
  const done: RunStep[] = []
  for (const step of steps) {
    if (terminal.signal.aborted) break
    const load = new Load(step, send, systemPace, terminal.signal)
    const progress = new Progress(load, step, terminal)
    const tally = await load.run().finally(() => progress.end())
    const seconds = load.ran / 1000
    const broken = conditions.flatMap(({ text, heldBy }) => {
      const value = heldBy(tally, seconds)
      return value === undefined ? [] : [{ text, value }]
    })
    done.push({ tally, rate: step.rate, seconds, broken })
  }
  return done
}

async function print(
  steps: readonly RunStep[],
  {
    plan,
    place,
    method,
    terminal,
  }: { readonly plan: Plan; readonly place: Place; readonly method: MethodSchema; readonly terminal: Terminal },
): Promise<void> {
  const [first] = plan.steps
  if (terminal.isJson) {
    const document = {
      schema: 'polywire.bench/1',
      target: place.url,
      method: method.path.slice(1),
      loop: first?.rate === undefined ? 'closed' : 'open',
      arrivals: first?.arrivals,
      seed: plan.seed,
      trusted: steps.every(isTrusted),
      node: process.version,
      cpus: availableParallelism(),
      connections: plan.connections,
      conditions: plan.conditions.map(({ text }) => text),
      steps: steps.map(stepJson),
    }
    return terminal.out(`${JSON.stringify(document)}\n`)
  }
  if (terminal.isQuiet) return
  const [step, ...others] = steps
  if (step === undefined) return
  const doubted = steps.find(one => !isTrusted(one))
  const head = doubted === undefined ? '' : `${distrust(doubted)}\n`
  const several = others.length > 0 || plan.steps.length > 1
  const body = several
    ? stepsText(steps, plan.conditions.length > 0)
    : `${headOf(plan, place, method)}${stepText(step)}`
  const broken = steps.flatMap(one =>
    one.broken.map(({ text, value }) => `FAIL ${text}: it was ${value}${several ? ` at ${one.rate}/s` : ''}\n`),
  )
  await terminal.out(`${head}${body}${broken.join('')}`)
}

function headOf({ steps: [step], connections, warmup, timeout }: Plan, { url }: Place, { path }: MethodSchema): string {
  if (step === undefined) return ''
  const { rate, concurrency, duration } = step
  const loop =
    rate === undefined
      ? `closed loop, ${concurrency} at a time: the time that calls would have waited is left out; use --rate to see it`
      : `open loop, ${rate.toLocaleString('en-US')} calls/s`
  const ways = `${connections} connection${connections === 1 ? '' : 's'}`
  const warm = warmup === 0 ? '' : `, ${warmup / 1000} s of warm-up not counted`
  return `${path.slice(1)} at ${url}\n${loop} for ${duration / 1000} s, deadline ${timeout}, ${ways}${warm}\n`
}

function exitOf(steps: readonly RunStep[], { signal }: Terminal): number {
  if (signal.aborted) return exits.interrupted
  return steps.some(step => step.broken.length > 0 || !isTrusted(step)) ? exits.no : exits.ok
}
