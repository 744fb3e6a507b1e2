import type { JsonValue } from '../../schema/json-value.js'
import type { FixedRefinement, Refinement, TimeUnit } from '../../schema/refinement.js'
import { type Reserved, reservedRange } from '../../schema/reserved.js'
import type { ScalarName } from '../../schema/type.js'
import type { InitialModel, RouteModel, TypeModel } from '../model.js'
import { routeOptions } from './format.js'
import type { LineWords } from './words.js'

// What stands in a line behind a name.

/** A scalar with what narrows it: `date`, `decimal(10, 2)`. */
export function refinementIn(kind: string, words: LineWords): Refinement | undefined {
  if (kind === 'date') return { kind }
  const isUnit = kind === 'timeOfDay' || kind === 'timestamp' || kind === 'localTimestamp'
  if (!(isUnit || kind === 'decimal' || kind === 'fixed') || !words.takes('(')) return undefined
  let refined: Refinement
  if (isUnit) refined = { kind, unit: words.word().slice(1, -1) as TimeUnit }
  else if (kind === 'fixed') {
    const size = words.number()
    let rest: Pick<FixedRefinement, 'name' | 'properties'> = {}
    while (words.takes(','))
      if (words.takes('once')) rest = { ...rest, properties: { aliases: onceIn(words) } }
      else rest = { ...rest, name: words.word().slice(1, -1) }
    refined = { kind, size, ...rest }
  } else {
    const precision = words.number()
    words.expect(',')
    const scale = words.number()
    const fixed = words.takes(',') ? refinementIn(words.word(), words) : undefined
    refined = { kind, precision, scale, ...(fixed?.kind === 'fixed' && { fixed }) }
  }
  words.expect(')')
  return refined
}

export function refinedScalar({ kind }: Refinement): ScalarName {
  return kind === 'fixed' ? 'bytes' : kind === 'timestamp' ? 'timestamp' : 'string'
}

export function initialOf(words: LineWords, type: TypeModel & { kind: 'scalar' }): InitialModel {
  if (type.name === 'value') {
    const json = words.json() as JsonValue
    return typeof json === 'object' && json !== null ? { json } : json
  }
  const text = words.word()
  if (type.name === 'bool') return text === 'true'
  if (type.name === 'bytes') return new Uint8Array(Buffer.from(text, 'base64'))
  if (type.name === 'string' || type.name === 'uuid' || type.name === 'timestamp') return text
  if (type.name.endsWith('64')) {
    if (!/^-?\d+$/.test(text)) throw words.refusal()
    return BigInt(text)
  }
  const number = Number(text)
  if (Number.isNaN(number) && text !== 'NaN') throw words.refusal()
  return number
}

export function routeIn(words: LineWords): RouteModel {
  const route: { -readonly [K in keyof RouteModel]: RouteModel[K] } = {
    route: words.word(),
    body: undefined,
    responseBody: undefined,
  }
  for (const name of routeOptions) {
    if (!words.takes(name)) continue
    if (name === 'status') route.status = words.number()
    else route[name] = words.word()
  }
  return route
}

/** The names behind `once`. */
export function onceIn(words: LineWords): string[] {
  const names: string[] = []
  do names.push(words.word())
  while (words.takesComma())
  return names
}

export function reservedIn(words: LineWords): Reserved {
  const entries: (number | string)[] = []
  while (!words.ended) {
    const isName = words.isQuoted
    const entry = words.word()
    const given = isName || entry.includes('-', 1) ? entry : Number(entry)
    const isRange = !isName && reservedRange(given) === undefined
    if (isRange || Number.isNaN(given)) throw words.refusal()
    entries.push(given)
  }
  if (entries.length === 0) throw words.refusal()
  return entries
}
