import type { RouteView, TrialForm } from '../src/console/trial-views.js'
import type { Json } from './value.js'

/** A call as it is filled in. */
export interface Composed {
  readonly form: TrialForm
  readonly wire: string
  /** Undefined unless the wire is `rest`. */
  readonly route: RouteView | undefined
  /** By a route: the media type that is accepted. */
  readonly codec: string
  readonly timeout: string
  readonly headers: readonly (readonly [string, string])[]
  readonly value: Json
}

/** The target of the wire and codec that are chosen. */
export function targetOf({ form: { wires }, wire, route, codec }: Composed): string {
  const chosen = wires.find(({ name }) => name === wire) ?? wires[0]
  if (chosen === undefined) return ''
  return codec === '' || route !== undefined || codec === chosen.codecs[0]
    ? chosen.target
    : `${chosen.target}?codec=${codec}`
}

/** The headers of a call: those that are filled in, and what a route answers with if that is chosen. */
export function headersOf({ headers, route, codec }: Composed): readonly (readonly [string, string])[] {
  const given = headers.filter(([name]) => name !== '')
  return route === undefined || codec === '' ? given : [['accept', codec], ...given]
}
