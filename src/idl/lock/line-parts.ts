import type { Refinement, TimeUnit } from '../../schema/refinement.js'
import type { Reserved } from '../../schema/reserved.js'
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
  const first = words.word()
  const rest = words.takes(',') ? words : undefined
  let refined: Refinement
  if (isUnit) refined = { kind, unit: first.slice(1, -1) as TimeUnit }
  else if (kind === 'fixed') {
    refined = { kind, size: Number(first), ...(rest && { name: rest.word().slice(1, -1) }) }
  } else {
    const scale = Number(rest?.word())
    const fixed = words.takes(',') ? refinementIn(words.word(), words) : undefined
    refined = { kind, precision: Number(first), scale, ...(fixed?.kind === 'fixed' && { fixed }) }
  }
  words.expect(')')
  return refined
}

export function refinedScalar({ kind }: Refinement): ScalarName {
  return kind === 'fixed' ? 'bytes' : kind === 'timestamp' ? 'timestamp' : 'string'
}

export function initialOf(words: LineWords, type: TypeModel & { kind: 'scalar' }): InitialModel {
  const text = words.word()
  if (type.name === 'bool') return text === 'true'
  if (type.name === 'bytes') return new Uint8Array(Buffer.from(text, 'base64'))
  if (type.name === 'string' || type.name === 'uuid' || type.name === 'timestamp') return text
  return type.name.endsWith('64') ? BigInt(text) : Number(text)
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

export function reservedIn(words: LineWords): Reserved {
  const entries: (number | string)[] = []
  while (!words.ended) {
    const isName = words.isQuoted
    const entry = words.word()
    entries.push(isName || entry.includes('-', 1) ? entry : Number(entry))
  }
  return entries
}
