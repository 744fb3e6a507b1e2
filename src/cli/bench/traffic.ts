import { streamsIn } from '../../core/call.js'
import type { ServiceSchema } from '../../schema/service.js'
import { CliError } from '../cli-error.js'
import type { Typed } from '../command.js'
import { type Found, findMethod } from '../find-method.js'
import { jsonValues } from '../json-values.js'
import { argumentsOf } from '../method-arguments.js'
import { chunksOf, decoderOf, fieldsTyped, type Typing, typingsOf } from '../request.js'
import { filled, hasTemplate } from './template.js'

/** The arguments of a call. @param n its number, from 0 */
type Arguments = (n: number, random: () => number) => readonly unknown[]

/** A method, and the arguments that its calls take in turn. */
interface Source {
  readonly found: Found
  readonly turns: readonly Arguments[]
}

/** What a load calls, in an order that repeats. */
export interface Traffic {
  readonly methods: readonly Found[]
  /** The call with a number, from 0. */
  at(n: number): { readonly found: Found; readonly arguments: Arguments }
}

/**
 * Reads METHOD and DATA, `--mix`, or a file of recorded calls.
 * @param words behind TARGET
 * @throws CliError for a method or a request that cannot be read
 */
export async function trafficOf(
  words: readonly string[],
  services: readonly ServiceSchema[],
  typed: Typed,
): Promise<Traffic> {
  const mix = typed.valueOf('mix')
  if (mix !== undefined) return mixed(await mixOf(mix, words, services, typed))
  const [name, ...data] = words
  const file = name ?? typed.valueOf('data')
  if (file?.startsWith('@') && data.length === 0) return inTurn(await recorded(file.slice(1), services, typed))
  if (name === undefined) throw new CliError('bench takes TARGET METHOD [DATA...]', { hint: 'polywire help bench' })
  if (data.includes('-')) throw new CliError('bench repeats its requests; give them as fields, JSON or @FILE, not as -')
  const found = findMethod(name, services, typed)
  const turns = turnsOf(found, await typingsOf(data, found.method, typed), typed)
  return { methods: [found], at: n => ({ found, arguments: turns[n % turns.length] as Arguments }) }
}

/** A stream takes all requests in every call. */
function turnsOf({ method }: Found, typings: readonly Typing[], typed: Typed): readonly Arguments[] {
  const decode = decoderOf(method.input, typed.has('allow-unknown'))
  const makers = typings.map(typing => {
    // What a template cannot become is found before the load.
    const message = decode(at(typing, 0, () => 0))
    return hasTemplate(typing.value)
      ? (n: number, random: () => number) => decode(at(typing, n, random))
      : () => message
  })
  if (streamsIn(method))
    return [
      (n, random) =>
        argumentsOf(
          method,
          makers.map(make => make(n, random)),
        ),
    ]
  return makers.map(
    (make): Arguments =>
      (n, random) =>
        argumentsOf(method, [make(n, random)]),
  )
}

function at(typing: Typing, n: number, random: () => number): Typing {
  return hasTemplate(typing.value) ? fieldsTyped(filled(typing.value, n, random)) : typing
}

interface Weighted extends Source {
  readonly weight: number
}

/** `SayHello:9,Count:1`. DATA is `SayHello.name=World`, or a file of recorded calls. */
async function mixOf(
  mix: string,
  data: readonly string[],
  services: readonly ServiceSchema[],
  typed: Typed,
): Promise<readonly Weighted[]> {
  const [first, ...others] = data.length === 0 ? [typed.valueOf('data')] : data
  const calls =
    first?.startsWith('@') && others.length === 0 ? await recorded(first.slice(1), services, typed) : undefined
  const fields = new Set(calls === undefined ? data : [])
  const sources: Weighted[] = []
  for (const part of mix.split(',')) {
    const [, name = '', weight = '1'] = /^\s*([^:\s]+)(?::([1-9]\d{0,3}))?\s*$/.exec(part) ?? []
    if (name === '')
      throw new CliError(`--mix must be methods with their weights, such as SayHello:9,Count:1, got ${mix}`)
    const found = findMethod(name, services, typed)
    const own = [...fields].filter(one => one.startsWith(`${name}.`))
    for (const one of own) fields.delete(one)
    const turns =
      calls?.filter(one => one.found.method === found.method).flatMap(one => one.turns) ??
      turnsOf(
        found,
        await typingsOf(
          own.map(one => one.slice(name.length + 1)),
          found.method,
          typed,
        ),
        typed,
      )
    if (turns.length === 0) throw new CliError(`--mix: ${first} has no call of ${found.method.path.slice(1)}`)
    sources.push({ found, turns, weight: Number(weight) })
  }
  const [stray] = fields
  if (stray !== undefined)
    throw new CliError(
      `${JSON.stringify(stray)} is of no method in --mix; write its method before the field: ${sources[0]?.found.method.name}.${stray}`,
    )
  return sources
}

/** Each method as often as its weight says, spread evenly (smooth weighted round robin). */
function mixed(sources: readonly Weighted[]): Traffic {
  const round: { readonly source: Weighted; readonly turn: number }[] = []
  const total = sources.reduce((sum, { weight }) => sum + weight, 0)
  const credits = sources.map(() => 0)
  const taken = sources.map(() => 0)
  for (let n = 0; n < total; n++) {
    for (const [index, { weight }] of sources.entries()) credits[index] = (credits[index] ?? 0) + weight
    const next = credits.indexOf(Math.max(...credits))
    credits[next] = (credits[next] ?? 0) - total
    const turn = taken[next] ?? 0
    taken[next] = turn + 1
    round.push({ source: sources[next] as Weighted, turn })
  }
  return {
    methods: sources.map(({ found }) => found),
    at(n) {
      const { source, turn } = round[n % total] as (typeof round)[number]
      const { found, turns, weight } = source
      return { found, arguments: turns[(Math.floor(n / total) * weight + turn) % turns.length] as Arguments }
    },
  }
}

function inTurn(sources: readonly Source[]): Traffic {
  const calls = sources.flatMap(({ found, turns }) => turns.map(arguments_ => ({ found, arguments: arguments_ })))
  const methods = new Map(sources.map(({ found }) => [found.method, found]))
  return { methods: [...methods.values()], at: n => calls[n % calls.length] as (typeof calls)[number] }
}

/** Lines with `method`, and `request`: a message, or a list of them for a stream. `tap --record` writes such a file. */
async function recorded(path: string, services: readonly ServiceSchema[], typed: Typed): Promise<readonly Source[]> {
  const sources: Source[] = []
  for await (const { value, source } of jsonValues(chunksOf(path))) {
    const { method, request } = (value ?? {}) as { readonly method?: unknown; readonly request?: unknown }
    const where = `@${path}, line ${source.line}`
    if (typeof method !== 'string')
      throw new CliError(`${where} has no method; name METHOD, or give a file that tap --record wrote`)
    const found = findMethod(method, services, typed)
    if (request === undefined) throw new CliError(`${where} has no request; tap could not read it without a contract`)
    const messages = streamsIn(found.method) && Array.isArray(request) ? request : [request]
    sources.push({ found, turns: turnsOf(found, messages.map(fieldsTyped), typed) })
  }
  if (sources.length === 0) throw new CliError(`@${path} has no calls`)
  return sources
}
